"""Exchanges between processes through which gradients go: ``torch.distributed.nn.functional``.

What a process makes of what others gave it counts for them too: the gradient of a Tensor is that of
the sum of the losses of all processes.  So each of these has an exchange in its backward, and all
processes must go back through it, in the same order.  ``nn.parallel.DistributedDataParallel``
divides by the number of processes besides, as it does with every gradient.

A loss that compares every sample with those of all processes, as CLIP's and SimCLR's::

    import autotensor.distributed.nn.functional as exchange

    everybodys = at.cat(exchange.all_gather(features))
    loss = F.cross_entropy(features @ everybodys.T / 0.1, at.arange(len(features)) + first)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotensor.creation import zeros_like
from autotensor.distributed import collectives
from autotensor.distributed.collectives import ReduceOp
from autotensor.distributed.processes import ProcessGroup, group_of
from autotensor.engine.tensor import Tensor
from autotensor.extend.function import Function

__all__ = [
    "all_gather", "all_reduce", "all_to_all", "all_to_all_single", "broadcast", "gather", "reduce",
    "reduce_scatter", "scatter",
]  # fmt: skip


class _Exchange(Function):
    """What ``there`` makes of Tensors; ``back``, of gradients of its outputs those of its inputs,
    by exchanges that have gradients too."""

    @staticmethod
    def forward(ctx: Any, there: Any, back: Any, *tensors: Tensor) -> Any:
        ctx.back = back
        return there(*tensors)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return None, None, *ctx.back(*gradients)


def _group(group: ProcessGroup | None, caller: str, *tensors: Any) -> ProcessGroup:
    for one in tensors:
        if not isinstance(one, Tensor):
            raise TypeError(
                f"distributed.nn.functional.{caller}: expected a Tensor, got {type(one).__name__}"
            )
    return group_of(group, f"nn.functional.{caller}")


def _weight(op: Any, group: ProcessGroup, caller: str) -> float:
    """What each process's part counts for in the sum or mean of all."""
    if op == ReduceOp.SUM:
        return 1.0
    if op == ReduceOp.AVG:
        return 1 / group.size()
    raise RuntimeError(
        f"distributed.nn.functional.{caller}: only SUM and AVG have a gradient, got "
        f"{ReduceOp(op).name}; detach() what needs none"
    )


def _own(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [zeros_like(one) for one in tensors]


def all_reduce(tensor: Tensor, op: Any = ReduceOp.SUM, group: ProcessGroup | None = None) -> Tensor:
    """The sum of what all processes give, in each of them.

    Args:
        tensor: the same shape and dtype everywhere.
        op: a ``ReduceOp``; only SUM and AVG have gradients.  (In PyTorch others have wrong ones.)
        group: those who take part; all if None.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> x = at.tensor([1.0, 2.0], requires_grad=True)
        >>> exchange.all_reduce(x).sum().backward()
        >>> x.grad  # from the loss of each process 1
        tensor([1., 1.])
        >>> at.distributed.destroy_process_group()
    """
    among = _group(group, "all_reduce", tensor)

    def there(given: Tensor) -> Tensor:
        collectives.all_reduce(found := given.clone(), op, among)
        return found

    def back(g: Tensor) -> tuple[Tensor]:
        return (all_reduce(g, group=among) * _weight(op, among, "all_reduce"),)

    return _Exchange.apply(there, back, tensor)


def reduce(
    tensor: Tensor, dst: int, op: Any = ReduceOp.SUM, group: ProcessGroup | None = None
) -> Tensor:
    """The sum of what all processes give, in ``dst``; the others get what they have given, which
    has no gradient.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> exchange.reduce(at.tensor([1.0, 2.0]), dst=0)
        tensor([1., 2.])
        >>> at.distributed.destroy_process_group()
    """
    among = _group(group, "reduce", tensor)

    def there(given: Tensor) -> Tensor:
        collectives.reduce(found := given.clone(), dst, op, among)
        return found

    def back(g: Tensor) -> tuple[Tensor]:
        return (broadcast(g, dst, among) * _weight(op, among, "reduce"),)

    return _Exchange.apply(there, back, tensor)


def broadcast(tensor: Tensor, src: int, group: ProcessGroup | None = None) -> Tensor:
    """What ``src`` gives, in every process.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> exchange.broadcast(at.tensor([1.0, 2.0]), src=0)
        tensor([1., 2.])
        >>> at.distributed.destroy_process_group()
    """
    among = _group(group, "broadcast", tensor)
    here = among.rank() == among.number_of(src, "nn.functional.broadcast", "src")

    def there(given: Tensor) -> Tensor:
        collectives.broadcast(found := given.clone(), src, among)
        return found

    def back(g: Tensor) -> tuple[Tensor]:
        gradient = reduce(g, src, group=among)
        return (gradient if here else zeros_like(g),)

    return _Exchange.apply(there, back, tensor)


def all_gather(tensor: Tensor, group: ProcessGroup | None = None) -> tuple[Tensor, ...]:
    """What every process gives, a Tensor for each, in all of them.

    The gradient of a part is the sum of what all processes make of it.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> x = at.tensor([1.0, 2.0], requires_grad=True)
        >>> everybodys = at.cat(exchange.all_gather(x))
        >>> (everybodys**2).sum().backward()
        >>> x.grad
        tensor([2., 4.])
        >>> at.distributed.destroy_process_group()
    """
    among = _group(group, "all_gather", tensor)

    def there(given: Tensor) -> tuple[Tensor, ...]:
        collectives.all_gather(found := _own([given] * among.size()), given, among)
        return tuple(found)

    def back(*gradients: Tensor) -> tuple[Tensor]:
        return (reduce_scatter(zeros_like(gradients[0]), gradients, group=among),)

    found: Any = _Exchange.apply(there, back, tensor)
    return tuple(found)


def gather(tensor: Tensor, dst: int = 0, group: ProcessGroup | None = None) -> tuple[Tensor, ...]:
    """What every process gives, a Tensor for each, in ``dst``; zeros in the others.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> exchange.gather(at.tensor([1.0, 2.0]))
        (tensor([1., 2.]),)
        >>> at.distributed.destroy_process_group()
    """
    among = _group(group, "gather", tensor)
    here = among.rank() == among.number_of(dst, "nn.functional.gather", "dst")

    def there(given: Tensor) -> tuple[Tensor, ...]:
        found = _own([given] * among.size())
        collectives.gather(given, found if here else None, dst, among)
        return tuple(found)

    def back(*gradients: Tensor) -> tuple[Tensor]:
        return (scatter(gradients, dst, among),)

    found: Any = _Exchange.apply(there, back, tensor)
    return tuple(found)


def scatter(tensors: Sequence[Tensor], src: int = 0, group: ProcessGroup | None = None) -> Tensor:
    """Number ``r`` of the Tensors that ``src`` gives, in process ``r``.

    Args:
        tensors: one for each process, of one shape; in processes other than ``src`` the first says
            of which.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> exchange.scatter([at.tensor([1.0, 2.0])])
        tensor([1., 2.])
        >>> at.distributed.destroy_process_group()
    """
    among = _group(group, "scatter", *tensors)
    here = among.rank() == among.number_of(src, "nn.functional.scatter", "src")

    def there(*given: Tensor) -> Tensor:
        found = zeros_like(given[0])
        collectives.scatter(found, given if here else None, src, among)
        return found

    def back(g: Tensor) -> tuple[Tensor, ...]:
        return gather(g, src, among)[: len(tensors)]

    return _Exchange.apply(there, back, *tensors)


def reduce_scatter(
    output: Tensor,
    input_list: Sequence[Tensor],
    op: Any = ReduceOp.SUM,
    group: ProcessGroup | None = None,
) -> Tensor:
    """The sum over all processes of number ``r`` of what each gives, in process ``r``.

    Args:
        output: says of which shape and dtype; it is written too, without a gradient.
        input_list: a Tensor for each process.
        op, group: as in ``all_reduce``.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> exchange.reduce_scatter(at.zeros(2), [at.tensor([1.0, 2.0])])
        tensor([1., 2.])
        >>> at.distributed.destroy_process_group()
    """
    among = _group(group, "reduce_scatter", output, *input_list)

    def there(*given: Tensor) -> Tensor:
        collectives.reduce_scatter(output, given, op, among)
        return output.clone()

    def back(g: Tensor) -> Sequence[Tensor]:
        weight = _weight(op, among, "reduce_scatter")
        return [one * weight for one in all_gather(g, among)]

    return _Exchange.apply(there, back, *input_list)


def all_to_all(
    output_tensor_list: Sequence[Tensor],
    input_tensor_list: Sequence[Tensor],
    group: ProcessGroup | None = None,
) -> tuple[Tensor, ...]:
    """Tensor ``j`` of process ``i`` becomes number ``i`` of what process ``j`` gets.

    Args:
        output_tensor_list: say of which shapes; they are written too, without a gradient.
        input_tensor_list: a Tensor for each process.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> exchange.all_to_all([at.zeros(2)], [at.tensor([1.0, 2.0])])
        (tensor([1., 2.]),)
        >>> at.distributed.destroy_process_group()
    """
    outputs, inputs = list(output_tensor_list), list(input_tensor_list)
    among = _group(group, "all_to_all", *outputs, *inputs)

    def there(*given: Tensor) -> tuple[Tensor, ...]:
        collectives.all_to_all(outputs, given, among)
        return tuple(one.clone() for one in outputs)

    def back(*gradients: Tensor) -> tuple[Tensor, ...]:
        return all_to_all(_own(inputs), gradients, among)

    found: Any = _Exchange.apply(there, back, *inputs)
    return tuple(found)


def all_to_all_single(
    output: Tensor,
    input: Tensor,
    output_split_sizes: Sequence[int] | None = None,
    input_split_sizes: Sequence[int] | None = None,
    group: ProcessGroup | None = None,
) -> Tensor:
    """Part ``j`` of the input of process ``i`` becomes part ``i`` of what process ``j`` gets.

    Args:
        output: says of which shape; it is written too, without a gradient.
        input: parts are along the first dimension.
        output_split_sizes, input_split_sizes: how long each part is; equal if None.

    Example:

        >>> import autotensor.distributed.nn.functional as exchange
        >>> at.distributed.init_process_group()
        >>> exchange.all_to_all_single(at.zeros(2), at.tensor([1.0, 2.0]))
        tensor([1., 2.])
        >>> at.distributed.destroy_process_group()
    """
    among = _group(group, "all_to_all_single", output, input)
    there_sizes, back_sizes = input_split_sizes, output_split_sizes

    def there(given: Tensor) -> Tensor:
        collectives.all_to_all_single(output, given, back_sizes, there_sizes, among)
        return output.clone()

    def back(g: Tensor) -> tuple[Tensor]:
        return (all_to_all_single(zeros_like(input), g, there_sizes, back_sizes, among),)

    return _Exchange.apply(there, back, input)
