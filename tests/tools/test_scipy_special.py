"""SciPy's special functions on Tensors: ufuncs, which ask as NumPy's do."""

from __future__ import annotations

import numpy as np
import pytest

import autotensor as at
from autotensor.protocols.elementwise import SCIPYS

special = pytest.importorskip("scipy.special", reason="needs the extra: pip install -e .[scipy]")
pytestmark = pytest.mark.works_with(
    "SciPy", "scipy.special on Tensors: expit, erf, gammaln and others, with gradients"
)


@pytest.mark.parametrize("name", SCIPYS)
def test_a_special_function_is_ours_with_its_gradient(name: str) -> None:
    function, x = getattr(special, name), np.array([0.3, 0.6])
    arguments = (x, x + 1) if name.startswith("xlog") else (x,)
    given = [at.tensor(one, requires_grad=True) for one in arguments]
    found = function(*given)
    np.testing.assert_allclose(found.detach().numpy(), function(*arguments), rtol=1e-12)
    assert at.gradcheck(function, given)
    assert function(at.tensor(x, dtype=at.float32), *arguments[1:]).dtype == (
        at.float64 if arguments[1:] else at.float32
    )


def test_a_special_function_without_a_derivative_here_is_refused() -> None:
    with pytest.raises(TypeError, match=r"np.jv: no gradient passes"):
        special.jv(1, at.ones(2, requires_grad=True))
    assert isinstance(special.jv(1, at.ones(2)), at.Tensor)
