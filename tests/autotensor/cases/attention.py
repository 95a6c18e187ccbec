"""Cases of attention."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, functions, reals, spelled, turned

#: The second query may look at nothing.
MASK = np.array([[True, False, True, True], [False] * 4, [True, True, True, False]])
ADDED = np.where(MASK, reals((3, 4)), -np.inf)


def _products() -> Iterator[Case]:
    name = "scaled_dot_product_attention"
    query, key, value = reals((2, 3, 2)), reals((2, 4, 2), seed=1), reals((2, 4, 3), seed=2)

    def attend(lib: Any, q: Any, k: Any, v: Any, mask: Any = None, **settings: Any) -> Any:
        return functions(lib).scaled_dot_product_attention(q, k, v, mask, **settings)

    def case(detail: str, *arrays: Any, constants: tuple[Any, ...] = (), **settings: Any) -> Case:
        def function(lib: Any, *given: Any) -> Any:
            return attend(lib, *given, **settings)

        return Case(name, detail, function, arrays or (query, key, value), constants=constants)

    for settings in ({}, {"scale": -0.3}, {"is_causal": True}):
        yield case(spelled(settings), **settings)
    yield case("bool mask", constants=(MASK,))
    yield case("mask with -inf", constants=(ADDED,))
    yield case("mask with gradient", query, key, value, reals((2, 1, 4), seed=3))
    yield case("turned", turned(query), turned(key), turned(value))
    yield case("matrices", query[0], key[0], value[0])
    yield case("broadcast", query, key[0], value[:1])
    yield case("no keys", query, key[:, :0], value[:, :0])
    yield case("no features", query[..., :0], key[..., :0], value)
    heads = (reals((1, 4, 2, 2)), reals((1, 2, 3, 2), seed=1), reals((1, 1, 3, 2), seed=2))
    yield case("heads in groups", *heads, enable_gqa=True)


def _heads() -> Iterator[Case]:
    """Small ones; tests/nn/test_attention.py has more."""
    name = "multi_head_attention_forward"
    size, heads = 2, 2
    query, key = reals((2, 2, size)), reals((3, 2, size), seed=1)
    weights = {
        "in_proj_weight": reals((3 * size, size), seed=2) / 2,
        "in_proj_bias": reals((3 * size,), seed=3),
        "out_proj_weight": reals((size, size), seed=4),
        "out_proj_bias": reals((size,), seed=5),
    }
    left_out = dict.fromkeys(("in_proj_weight", "in_proj_bias", "bias_k", "bias_v"))
    left_out |= {"out_proj_bias": None}

    def case(detail: str, *inputs: Any, given: dict[str, Any], **settings: Any) -> Case:
        def function(lib: Any, *tensors: Any) -> Any:
            named = left_out | dict(zip(given, tensors[len(inputs) :], strict=True)) | settings
            q, k, v = {1: tensors[:1] * 3, 2: (*tensors[:2], tensors[1]), 3: tensors[:3]}[
                len(inputs)
            ]
            zeros = named.pop("add_zero_attn", False)
            out, found = functions(lib).multi_head_attention_forward(
                q, k, v, embed_dim_to_check=size, num_heads=heads, add_zero_attn=zeros,
                dropout_p=0.0, **named,
            )  # fmt: skip
            return out if found is None else (out, found)

        # Without weights PyTorch has no second derivative here.
        second = settings.get("need_weights", True)
        return Case(name, detail, function, (*inputs, *given.values()), second)

    yield case("itself", query, given=weights)
    yield case("another, no weights", query, key, given=weights, need_weights=False)
    yield case("one sample", query[:, 0], key[:, 0], given=weights, average_attn_weights=False)
    unbiased = {one: weights[one] for one in ("in_proj_weight", "out_proj_weight")}
    more = {"bias_k": reals((1, 1, size), seed=6), "bias_v": reals((1, 1, size), seed=7)}
    yield case("more keys", query, key, given=unbiased | more, add_zero_attn=True)
    apart = {
        "q_proj_weight": reals((size, size), seed=6) / 2,
        "k_proj_weight": reals((size, 3), seed=7),
        "v_proj_weight": reals((size, 1), seed=8),
        "out_proj_weight": weights["out_proj_weight"],
    }
    yield case(
        "three sizes",
        query, reals((2, 2, 3), seed=1), reals((2, 2, 1), seed=2),
        given=apart, use_separate_proj_weight=True,
    )  # fmt: skip
    static = {"static_k": reals((4, 2, 1), seed=6), "static_v": reals((4, 2, 1), seed=7)}
    yield case("static", query, key, given=weights | static)


CASES: list[Case] = [*_products(), *_heads()]
