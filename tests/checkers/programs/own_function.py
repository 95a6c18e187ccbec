"""A Function with a backward of one's own, tested with gradcheck, and higher derivatives."""

from __future__ import annotations

from typing import Any

import autotensor as torch
from autotensor import Tensor
from autotensor.autograd import Function, gradcheck


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.scale = scale
        return scale * x**3

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return grad_output * 3 * ctx.scale * x**2, None


def cube(x: Tensor, scale: float = 1.0) -> Tensor:
    return Cube.apply(x, scale)


def main() -> Tensor:
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda x: cube(x, 2.0), (x,))
    (first,) = torch.autograd.grad(cube(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    y = (x * 2).sum()
    y.backward()
    assert x.grad is not None
    x.grad.zero_()
    with torch.no_grad():
        x -= 0.1 * second
    handle = x.register_hook(lambda grad: grad * 2)
    handle.remove()
    jacobian = torch.func.jacrev(torch.sin)(x.detach())
    hessian = torch.autograd.functional.hessian(lambda x: cube(x).sum(), x.detach())
    print(jacobian.diagonal(), hessian.diagonal())
    return second


if __name__ == "__main__":
    print(main())
