"""The graph as it is read: steps, arguments, leaves, calls of Modules, and what all is called."""

from __future__ import annotations

import copy
import gc
from typing import Any

import numpy as np
import pytest

import autotensor as at
import autotensor.distributions.dirichlet  # which declares operators of its own
import nn
from autotensor.engine.operator import declared
from autotensor.seeing.formulas import operator_of
from autotensor.seeing.reading import Graph, Leaf, Step, argument_names, read
from autotensor.utils.checkpoint import checkpoint


def tensor(*values: float) -> at.Tensor:
    return at.tensor([float(one) for one in values], requires_grad=True)


def told(graph: Graph) -> list[tuple[str, list[tuple[str | None, str | None]]]]:
    """Each operator, the newest first, with its arguments and what they come from."""
    return [
        (
            step.operator,
            [
                (
                    one.argument,
                    one.place.name if isinstance(one.place, Leaf) else one.place.operator,
                )
                for one in step.sources
            ],
        )
        for step in graph.steps
    ]


NEURON = [
    ("tanh", [("input", "add")]),
    ("add", [("input", "sum"), ("other", "b")]),
    ("sum", [("input", "mul")]),
    ("mul", [("input", "w"), ("other", "x")]),
]


def test_a_neuron() -> None:
    w, x, b = tensor(0.5, -0.5), tensor(1, 3), at.tensor(0.25, requires_grad=True)
    loss = ((w * x).sum() + b).tanh()
    graph = read(loss)
    assert told(graph) == NEURON
    assert [one.name for one in graph.leaves] == ["w", "x", "b"]
    values = [np.tanh(-0.75), -0.75, -1.0, [0.5, -1.5]]
    for step, value in zip(graph.steps, values, strict=True):
        np.testing.assert_allclose(step.value, value, rtol=1e-6)
        assert step.gradient is None
        assert not step.freed
        assert (step.shape, step.dtype) == (np.shape(value), np.float32)
    assert graph.steps[-1].sources[0].kept["other"] is x
    assert graph.roots[0].place is graph.steps[0]
    assert graph.steps[0].name == "loss"


def test_its_shape_is_there_after_backward_with_values_and_gradients() -> None:
    w, x, b = tensor(0.5, -0.5), tensor(1, 3), at.tensor(0.25, requires_grad=True)
    ((w * x).sum() + b).tanh().backward()
    loss = ((w * x).sum() + b).tanh()
    loss.backward()
    graph = read(loss)
    assert told(graph) == NEURON
    slope = 1 - np.tanh(-0.75) ** 2
    for step, gradient in zip(graph.steps, [1, slope, slope, [slope] * 2], strict=True):
        np.testing.assert_allclose(step.gradient, gradient, rtol=1e-6)
    assert [one.freed for one in graph.steps] == [True, False, False, True]
    np.testing.assert_allclose(graph.leaves[0].gradient, 2 * slope * np.array([1, 3]), rtol=1e-6)


def test_several_outputs_are_one_step() -> None:
    q, r = at.linalg.qr(at.eye(2, requires_grad=True))
    graph = read([q, r, q @ r])
    assert [one.operator for one in graph.steps] == ["matmul", "linalg_qr"]
    assert [one.output for one in graph.steps[0].sources] == [0, 1]
    assert [one.output for one in graph.roots] == [0, 1, 0]
    assert graph.steps[1].count == 2
    assert read(r).roots[0].output == 1


class Both(at.Function):
    """Product and sum."""

    @staticmethod
    def forward(ctx: Any, left: Any, times: int, right: Any) -> Any:
        ctx.save_for_backward(left, right)
        return left * right * times, left + right

    @staticmethod
    def backward(ctx: Any, of_product: Any, of_sum: Any) -> Any:
        left, right = ctx.saved_tensors
        return of_product * right + of_sum, None, of_product * left + of_sum


@pytest.mark.parametrize("after_backward", [False, True])
def test_a_function_of_the_user_s(after_backward: bool) -> None:
    x, y = tensor(2), tensor(3)
    product, total = Both.apply(x, 1, y)
    loss = (product * total).sum()
    if after_backward:
        loss.backward()
    graph = read(loss)
    step = graph.steps[-1]
    assert [one.operator for one in graph.steps] == ["sum", "mul", "Both"]
    assert [one.place.name for one in step.sources] == ["x", "y"]
    if not after_backward:
        assert [one.argument for one in step.sources] == ["left", "right"]
    assert [one.output for one in graph.steps[1].sources] == [0, 1]
    assert sorted(step.outputs) == [0, 1]


def test_hooks_on_nodes_do_not_show() -> None:
    x, y = tensor(2), tensor(3)
    product = x * y
    product.grad_fn.register_hook(lambda *gradients: None)
    loss = product.sum()
    expected = [("sum", [("input", "mul")]), ("mul", [("input", "x"), ("other", "y")])]
    assert told(read(loss)) == expected
    loss.backward()
    assert told(read(loss)) == expected


def test_rules_belong_to_the_arguments_whose_formulas_stand_in_their_place() -> None:
    """What ``@operator`` was given by keyword, found in the operator that it made."""
    tried = 0
    for name in declared:
        operator: Any = operator_of(name)
        while operator is not None and hasattr(operator, "__code__"):
            held = zip(operator.__code__.co_freevars, operator.__closure__ or (), strict=True)
            cells = {free: cell.cell_contents for free, cell in held}
            if {"plan", "names"} <= cells.keys() and cells.get("name") == name:
                given = [cells["names"][at_] for at_, _, _ in cells["plan"]]
                assert argument_names(name) == tuple(given), name
                tried += 1
            operator = getattr(operator, "__wrapped__", None)
    assert tried > 60


def test_arguments_that_share_a_rule_have_their_own_names() -> None:
    x, mask = at.randn(1, 2, 3).requires_grad_(), at.zeros(2, 2, requires_grad=True)
    graph = read(nn.functional.scaled_dot_product_attention(x, x, x, mask))
    (step,) = (one for one in graph.steps if one.operator == "weights")
    assert [one.argument for one in step.sources] == ["scores", "bias"]


def test_checkpoints_views_and_writes_in_place() -> None:
    x = tensor(1, 2)

    def halves(x: at.Tensor) -> at.Tensor:
        first, second = (x * 2).split(1)
        return (first * second).exp()

    y = checkpoint(halves, x)
    operators = ["exp", "mul", "getitem", "getitem", "mul"]
    assert [one.operator for one in read(y).steps] == operators
    y.sum().backward()
    assert [one.operator for one in read(y).steps] == operators
    z = x.exp()
    z[0:1].mul_(3)
    graph = read(z)
    assert told(graph)[0] == ("mul_", [("base", "exp"), ("value", "mul")])
    assert graph.steps[-1].value is None  # it was overwritten
    np.testing.assert_allclose(graph.steps[0].value, [3 * np.e, np.e**2], rtol=1e-6)


def test_derivatives_have_a_graph_too() -> None:
    x = tensor(1, 2)
    (gradient,) = at.grad((x**3).sum(), x, create_graph=True)
    graph = read(gradient)
    assert {one.name for one in graph.leaves} == {"x"}
    (second,) = at.grad(gradient.sum(), x)
    np.testing.assert_allclose(second.detach().numpy(), [6, 12])
    assert [one.operator for one in read(gradient).steps] == [one.operator for one in graph.steps]


def test_leaves_alone_and_nothing() -> None:
    x, constant = tensor(1, 2), at.tensor([1.0])
    assert [(one.name, one.kind) for one in read([x, constant]).leaves] == [
        ("x", "input"),
        ("constant", "constant"),
    ]
    assert (read([]).steps, read([]).leaves) == ([], [])


def test_every_operator_once_in_the_order_of_backward() -> None:
    model = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
    y = model(at.randn(3, 2, 8))
    graph = read(y)
    numbers = [one.number for one in graph.steps]
    assert numbers == sorted(numbers, reverse=True)
    assert len({id(node) for one in graph.steps for node in one.nodes}) == sum(
        len(one.nodes) for one in graph.steps
    )
    place = {step: at for at, step in enumerate(graph.steps)}
    for step in graph.steps:
        for source in step.sources:
            if isinstance(source.place, Step):
                assert place[source.place] > place[step]
    # As PyTorch shows it: the same nodes by way of ``grad_fn``.
    seen, stack = set(), [y.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            stack += [one for one, _ in node.next_functions]
    leaves = [node for node in seen if hasattr(node, "variable")]
    # A node for each output: what cuts queries, keys and values apart has three.
    assert len(seen) - len(leaves) == sum(len(one.outputs) for one in graph.steps)
    assert {id(one.variable) for one in leaves} == {id(one.tensor) for one in graph.leaves}


# -- modules ---------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
        self.cell = nn.Linear(3, 3)
        self.idle = nn.Identity()

    def forward(self, x: at.Tensor) -> at.Tensor:
        h = self.features(x) * 2
        for _ in range(2):
            h = self.cell(self.idle(h)).tanh()
        return h.sum()


def test_calls_have_what_was_recorded_in_them() -> None:
    model = Net()
    # The hooks say what was there before and after a call: between them lies what it recorded.
    seen: list[tuple[str, set[str]]] = []
    names = {module: name for name, module in model.named_modules()}
    before: list[set[int]] = []

    def enter(module: nn.Module, args: Any) -> None:
        before.append({id(one.node) for step in read(args[0]).steps for one in [step]})

    for module in model.modules():
        module.register_forward_pre_hook(enter)

        def leave(module: nn.Module, args: Any, output: at.Tensor) -> None:
            before.pop()
            known = {id(one.node) for one in read(args[0]).steps}
            added = [one.operator for one in read(output).steps if id(one.node) not in known]
            if added:
                seen.append((names[module], set(added)))

        module.register_forward_hook(leave)
    loss = model(at.randn(2, 4)) + 1
    graph = read(loss)
    found = [
        (call.path, {step.operator for step in graph.steps if call in step.calls})
        for call in graph.calls
    ]
    assert sorted(found, key=str) == sorted(seen, key=str)
    assert [(one.path, one.turn, one.turns) for one in graph.calls] == [
        ("", 1, 1),
        ("features", 1, 1),
        ("features.0", 1, 1),
        ("features.1", 1, 1),
        ("cell", 1, 2),
        ("cell", 2, 2),
    ]
    assert [one.outer.path if one.outer else None for one in graph.calls] == [
        None, "", "features", "features", "", "",
    ]  # fmt: skip
    assert [one.type for one in graph.calls][:2] == ["Net", "Sequential"]
    assert graph.steps[0].calls == ()  # the 1 was added outside


def test_parameters_have_the_names_of_the_model() -> None:
    model = Net()
    graph = read(model(at.randn(2, 4)))
    by_name = dict(model.named_parameters())
    assert {one.name: one.tensor for one in graph.leaves} == by_name
    wrapped = nn.Sequential(model)
    graph = read(model(at.randn(2, 4)))
    assert {one.name: one.tensor for one in graph.leaves} == dict(wrapped.named_parameters())


def test_names_of_several_models_begin_with_their_classes() -> None:
    first, second, third = nn.Linear(2, 2), nn.Linear(2, 1), Net()
    graph = read(second(first(at.randn(3, 2))) + third(at.randn(2, 4)))
    names = [one.name for one in graph.leaves]
    assert "Net.cell.weight" in names
    assert {"Linear#1.weight", "Linear#2.weight"} < set(names)
    graph = read(second(first(at.randn(3, 2))), {"encoder": first, "decoder": second})
    assert [one.name for one in graph.leaves][:3:2] == ["encoder.weight", "decoder.weight"]
    assert [one.path for one in graph.calls] == ["encoder", "decoder"]


def test_a_copy_a_shared_weight_and_a_part_of_another_network() -> None:
    model = Net()
    twin = copy.deepcopy(model)
    assert {one.name for one in read(twin(at.randn(2, 4))).leaves} == set(
        dict(twin.named_parameters())
    )
    tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    tied[1].weight = tied[0].weight
    graph = read(tied(at.randn(1, 3)))
    assert next((one.name, one.uses) for one in graph.leaves) == ("0.weight", 2)
    head = nn.Sequential(model.features, model.cell)
    for network in (head, model):  # whichever is older, the one that was called gives the names
        names = {one.name for one in read(network(at.randn(2, 4))).leaves}
        assert names == set(dict(network.named_parameters()))


def test_a_model_that_is_gone_leaves_its_graph() -> None:
    y = nn.Linear(2, 1)(at.randn(3, 2))
    gc.collect()
    graph = read(y)
    assert [(one.module, one.type) for one in graph.calls] == [(None, "Linear")]
    assert [one.name for one in graph.leaves] == [None, None]
    assert [one.kind for one in graph.leaves] == ["parameter", "parameter"]


def test_names_by_the_user_come_first() -> None:
    x, hidden = tensor(1, 2), tensor(3)
    loss = (x * hidden).sum()
    graph = read(loss, {"given": x, "the loss": loss})
    assert [one.name for one in graph.leaves] == ["given", "hidden"]
    assert graph.steps[0].name == "the loss"
    marked = tensor(1)
    marked.name = "mark"  # type: ignore[attr-defined]
    assert read(marked).leaves[0].name == "mark"
    with pytest.raises(TypeError, match="read: names must be a dict of Tensors"):
        read(loss, {"x": 3})


def test_reading_can_start_at_a_computed_tensor() -> None:
    x = tensor(1, 2)
    middle = x * 2
    graph = read((middle + x).sum(), start=[middle])
    assert [one.operator for one in graph.steps] == ["sum", "add"]
    assert [one.name for one in graph.leaves] == ["middle", "x"]


def test_other_things_are_refused() -> None:
    with pytest.raises(TypeError, match=r"read: expected a Tensor, several .* got str"):
        read("loss")
    with pytest.raises(TypeError, match="got int"):
        read([tensor(1), 3])


def test_a_neuron_s_steps_are_those_of_pytorch(torch: Any) -> None:
    def neuron(library: Any) -> Any:
        w, x = (library.tensor(one, requires_grad=True) for one in ([0.5, -0.5], [1.0, 3.0]))
        return ((w * x).sum() + library.tensor(0.25, requires_grad=True)).tanh()

    names, node = [], neuron(torch).grad_fn
    while "Accumulate" not in node.name():
        names.append(node.name().removesuffix("Backward0").lower())
        node = node.next_functions[0][0]
    assert [one.operator for one in read(neuron(at)).steps] == names
