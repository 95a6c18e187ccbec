"""Every operator has formulas, which can be read, typeset, and are those of its rules."""

from __future__ import annotations

import re

import pytest

import autotensor as at
import nn
from autotensor.engine.operator import declared
from autotensor.seeing.formulas import Formula, formula_of, latex, read_formula
from autotensor.seeing.notation import parsed
from tests.seeing.evaluating import differentiable

WITHOUT_DERIVATIVE = {
    ("zeta", "input"): "PyTorch has none either; asking for it raises",
    ("gammainc_slope", "input"): "asking for it raises",
    ("gammainc_slope", "other"): "asking for it raises",
    ("underivable", "input"): "is there to raise",
}
"""Arguments whose rule raises, and which therefore have no formula."""

#: Those of several outputs, or written for speed with nodes of their own, without a declaration.
BY_HAND = (
    "batch_norm", "cat", "cross_entropy", "gru", "gru_cell", "group_norm", "instance_norm",
    "layer_norm", "linalg_eigh", "linalg_eigvalsh", "linalg_qr", "linalg_solve", "linalg_svd",
    "linalg_svdvals", "lstm", "lstm_cell", "qr", "rnn_relu", "rnn_relu_cell", "rnn_tanh",
    "rnn_tanh_cell", "stack", "svd",
)  # fmt: skip

RECORDED = differentiable()
FORMULAS = {name: formula_of(name) for name in (*RECORDED, *BY_HAND)}
TEXTS = sorted(
    {text for one in FORMULAS.values() for text in (one.value, *one.derivatives.values())}
)


# -- they are there --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECORDED)
def test_every_argument_with_a_rule_has_a_formula(name: str) -> None:
    raising = {argument for operator, argument in WITHOUT_DERIVATIVE if operator == name}
    rules = [rule for rule in declared[name] if rule is not None]
    found = FORMULAS[name]
    assert found.value
    assert len(found.derivatives) == len(rules) - len(raising), found
    assert not raising & found.derivatives.keys()


@pytest.mark.parametrize("name", BY_HAND)
def test_operators_written_by_hand_have_formulas_as_well(name: str) -> None:
    assert FORMULAS[name].derivatives


def test_a_docstring_is_read_from_its_first_formula_to_the_end_of_the_sentence() -> None:
    found = read_formula(
        """The ratio of ``input`` and ``other``, ``input / other``.  Not ``f(x)``.

        d input = g / other, d other = -g · y
        / other; it is read to the end.  And d input = 0 comes too late.
        """
    )
    assert found == Formula("input / other", {"input": "g / other", "other": "-g · y / other"})


def test_an_operator_of_a_users_has_the_formula_of_its_docstring() -> None:
    class Cubed(at.Function):
        """``input³``.  d input = 3 g · input²."""

    class Silent(at.Function):
        pass

    assert formula_of("Cubed") == Formula("input³", {"input": "3 g · input²"})
    assert formula_of("Silent").derivatives == {}
    assert formula_of("nothing") == Formula("nothing(…)", {})


def test_a_write_in_place_is_what_writes_into_a_part() -> None:
    x = at.ones(3, requires_grad=True) * 1
    x[:2].mul_(3)
    assert formula_of(x.node.name).derivatives == {
        "input": "overwrite(g, index, 0)",
        "value": "g[index]",
    }


# -- they are mathematics --------------------------------------------------------------------------

KNOWN = set(
    re.findall(
        r"\\\w+",
        r"""\frac \tfrac \sqrt \left \right \cdot \times \operatorname \mathit \mathrm \mathsf \text
    \sum \prod \int \begin \end \hat \bar \tilde \lfloor \rfloor \lceil \rceil \infty \dots \quad
    \ne \le \ge \in \ln \log \sin \cos \tan \sinh \cosh \tanh \exp \max \min \det
    \arcsin \arccos \arctan
    \pi \psi \Gamma \Phi \zeta \sigma \lambda \varphi""",
    )
)


@pytest.mark.parametrize("text", TEXTS)
def test_every_formula_is_mathematics_in_latex(text: str) -> None:
    parsed(text)  # raises with the place
    written = latex(text)
    bare = re.sub(r"\\[{}]", "", written)
    assert bare.count("{") == bare.count("}")
    assert written.count(r"\left") == written.count(r"\right")
    assert set(re.findall(r"\\[a-zA-Z]+", written)) <= KNOWN
    assert written.isascii()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("g · cos(x)", r"g \cdot \cos\left(x\right)"),
        ("-g · y³ / 2", r"-\frac{g \cdot {y}^{3}}{2}"),
        ("g / (2 y)", r"\frac{g}{2\,y}"),
        ("√(a² + b²)", r"\sqrt{{a}^{2} + {b}^{2}}"),
        ("e^(-x² / 2)", r"{e}^{-{x}^{2}/2}"),
        ("g @ Wᵀ", r"g\,{W}^{\mathsf{T}}"),
        ("½ L⁻ᵀ @ M @ L⁻¹", r"\tfrac{1}{2}\,{L}^{-\mathsf{T}}\,M\,{L}^{-1}"),
        ("tanh²(x)", r"\tanh^{2}\left(x\right)"),
        ("ψ⁽ⁿ⁺¹⁾(x)", r"\psi^{(n+1)}\left(x\right)"),
        ("x̂ · ḡ", r"\hat{x} \cdot \bar{g}"),
        ("h'", "h'"),
        ("w_ih", "w_{ih}"),
        ("x1", "x_{1}"),
        ("neg_slope", r"\mathit{neg\_slope}"),
        ("log₂ x", r"\log_{2} x"),
        ("ln(1 + x)", r"\ln\left(1 + x\right)"),
        ("ln(x)", r"\ln x"),
        ("ln |x|", r"\ln \left|x\right|"),
        ("ln(a · b)", r"\ln\left(a \cdot b\right)"),
        ("Σ_{k≥i} g_k", r"\sum_{k \ge i} g_{k}"),
        ("g[i, j]", r"{g}_{i,\,j}"),
        ("g[a:b, :]", r"g\left[a:b,\,:\right]"),
        ("0 < x ≤ 1", None),
        ("g where 0 < x ≤ 1, else 0",
         r"\begin{cases} g & \text{if } 0 < x \le 1 \\ 0 & \text{else} \end{cases}"),
        ("f([[A, g], [0, A]])", r"f\left(\begin{pmatrix} A & g \\ 0 & A \end{pmatrix}\right)"),
        ("a = b; c = d e", r"a = b,\quad c = \mathrm{d}e"),
        ("a b", None),
        ("∫_0^x e^-t dt", r"\int_{0}^{x} {e}^{-t}\,\mathrm{d}t"),
        ("|x| · ‖x‖_p", r"\left|x\right| \cdot {\left\|x\right\|}_{p}"),
        ("⌊x⌋", r"\left\lfloor x\right\rfloor "),
        ("not 50% {of} x_y\\z", r"\text{not 50\% \{of\} x\_y z}"),
    ],
)  # fmt: skip
def test_latex_of(text: str, wanted: str | None) -> None:
    if wanted is None:
        assert latex(text).startswith(r"\text")
    else:
        assert latex(text) == wanted


def test_what_is_no_formula_says_where() -> None:
    with pytest.raises(ValueError, match=r"a value expected after 'g ·'"):
        parsed("g · · y")
    with pytest.raises(ValueError, match=r"'\?' is no sign of it"):
        parsed("g ? y")


assert nn  # its operators are declared, too
