"""The graph as PyTorch shows it, and what may be hung on it: nodes, saved values, accumulation."""

from __future__ import annotations

import gc
import weakref
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import Tensor
from autotensor.autograd import graph


def leaf(values: Any) -> Tensor:
    return at.tensor(np.asarray(values, dtype=np.float64), requires_grad=True)


class Scaled(at.Function):
    """``x · k``, with another argument that has no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Any, k: float, y: Any) -> Any:
        ctx.save_for_backward(x, None)
        ctx.k = k
        return x * k

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, nothing = ctx.saved_tensors
        assert nothing is None
        return g * ctx.k + 0 * x, None, None


# -- nodes -----------------------------------------------------------------------------------------


def names(package: Any) -> list[Any]:
    """A walk through a graph as programs that draw one do it."""
    x = package.ones(2, requires_grad=True)
    w = package.ones(2, requires_grad=True)
    fixed = package.ones(2)
    loss = ((x * w + 2).exp() / fixed - x.tanh() * fixed).sum()
    seen: list[Any] = []
    known = {id(x): "x", id(w): "w"}

    def walk(node: Any) -> Any:
        if node is None:
            return None
        if hasattr(node, "variable"):
            return type(node).__name__, node.name(), known[id(node.variable)]
        return (
            type(node).__name__,
            node.name(),
            [(walk(parent), number) for parent, number in node.next_functions],
        )

    seen.append(walk(loss.grad_fn))
    node = (x * w).grad_fn
    (first, _), (second, _) = node.next_functions
    again = (x * 1).grad_fn.next_functions[0][0]
    seen += [first is again, first is second, node.metadata, len({first, second, again})]
    node.metadata["seen"] = 1
    seen += [node.metadata, node._saved_self.tolist(), node._saved_other is not None]
    seen += [[one for one in dir(node) if one.startswith("_saved")], x.output_nr]
    return seen


def test_a_graph_is_walked_as_in_pytorch(torch: ModuleType) -> None:
    assert names(at) == names(torch)


def test_a_node_is_the_same_while_it_is_held() -> None:
    x = leaf([1.0])
    y = x * 2
    node = y.grad_fn
    assert y.grad_fn is node
    assert y.exp().grad_fn.next_functions[0][0] is node
    assert isinstance(node, graph.Node)
    assert node.requires_grad
    end = node.next_functions[0][0]
    assert end.next_functions == ()
    end.metadata["a"] = 1
    assert end.metadata == {"a": 1}


def test_a_node_forms_no_cycle() -> None:
    x = leaf([1.0])
    y = x * 2
    y.grad_fn.register_hook(lambda inputs, outputs: None)
    nodes = weakref.ref(y.grad_fn), weakref.ref(y.node)
    gc.collect()
    gc.disable()
    try:
        del y
        assert [one() for one in nodes] == [None, None]
    finally:
        gc.enable()


def test_the_node_of_a_function_is_its_context() -> None:
    x = leaf([3.0])
    y = Scaled.apply(x, 2.0, at.ones(1))
    node = y.grad_fn
    assert repr(node) == "<ScaledBackward>"
    assert node.name() == "ScaledBackward"
    assert node.k == 2
    assert node.saved_tensors[0] is x
    assert {"k", "saved_tensors", "needs_input_grad"} <= set(dir(node))
    (first, _), (second, _) = node.next_functions
    assert first.variable is x
    assert second is None
    with pytest.raises(AttributeError, match="'ScaledBackward' object has no attribute 'missing'"):
        node.missing
    with pytest.raises(AttributeError):
        node._saved_self


def test_several_outputs_are_numbered() -> None:
    x = leaf(np.eye(2))
    values, vectors = at.linalg.eigh(x)
    node = (vectors * values).grad_fn
    (first, zero), (second, one) = sorted(node.next_functions, key=lambda pair: pair[1])
    assert (zero, one) == (0, 1)
    assert first is values.grad_fn
    assert second is vectors.grad_fn
    assert vectors.output_nr == 1


def test_what_a_node_saved_is_gone_after_backward() -> None:
    x = leaf([2.0])
    y = x.exp() * x
    node = y.grad_fn
    assert node._saved_other is x
    y.backward()
    with pytest.raises(RuntimeError, match="pass retain_graph=True"):
        node._saved_other
    with pytest.raises(AttributeError):
        node.variable
    names = [behind.name() for behind, _ in node.next_functions]  # these are there, as in PyTorch
    assert names == ["ExpBackward0", "torch::autograd::AccumulateGrad"]


# -- hooks on nodes --------------------------------------------------------------------------------


def node_hooks(package: Any) -> list[Any]:
    x = package.ones(2, requires_grad=True)
    w = package.full((2,), 3.0, requires_grad=True)
    seen: list[Any] = []

    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return [plain(one) for one in value]
        return None if value is None else value.tolist()

    def note(kind: str) -> Any:
        return lambda *given: seen.append((kind, *map(plain, given)))

    y = x * w
    y.register_hook(lambda g: g * 2)
    node, end = y.grad_fn, (x * 1).grad_fn.next_functions[0][0]
    node.register_hook(note("after"))
    node.register_prehook(note("before"))
    node.register_prehook(lambda outputs: (outputs[0] * 10,))
    handle = node.register_hook(lambda inputs, outputs: (inputs[0] + 1, inputs[1]))
    node.register_hook(note("last"))
    end.register_hook(note("added"))
    handles = [
        end.register_prehook(note("adding")),
        end.register_prehook(lambda outputs: (outputs[0] * 2,)),
    ]
    (y * y).sum().backward(retain_graph=True)
    seen += [plain(x.grad), plain(w.grad)]
    for one in [handle, *handles]:
        one.remove()
    first = package.autograd.grad((y * y).sum(), (x, w), create_graph=True)
    second = package.autograd.grad(first[1].sum(), (x, w))
    return [*seen, plain(first), plain(second)]


def test_hooks_on_nodes_as_in_pytorch(torch: ModuleType) -> None:
    assert node_hooks(at) == node_hooks(torch)


def test_hooks_on_a_node_with_several_outputs() -> None:
    x = leaf(np.diag([1.0, 2.0]))
    values, vectors = at.linalg.eigh(x)
    seen: list[Any] = []
    values.grad_fn.register_prehook(lambda outputs: seen.append([o is None for o in outputs]))
    vectors.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 5,))
    values.sum().backward()
    assert seen == [[False, True]]
    np.testing.assert_array_equal(x.grad, 5 * np.eye(2))


def test_hooks_on_the_node_of_a_function() -> None:
    x = leaf([1.0])
    y = Scaled.apply(x, 2.0, at.ones(1))
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 10, *inputs[1:]))
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 3,))
    y.backward()
    assert x.grad.item() == 60


def test_hooks_on_a_function_get_a_gradient_for_each_output() -> None:
    """Numbered as ``forward`` gave them, with None for those that have none."""

    class Several(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return "three", 2 * x, at.arange(2), 3 * x

        @staticmethod
        def backward(ctx: Any, _: Any, g: Any, none: Any, h: Any) -> Any:
            return 2 * g + 3 * h

    x = leaf([1.0, 2.0])
    _, twice, _, thrice = Several.apply(x)
    assert (twice.output_nr, thrice.output_nr) == (1, 3)
    seen: list[Any] = []

    def tenfold(gradients: Any) -> Any:
        seen.append([one if one is None else one.tolist() for one in gradients])
        return tuple(one if one is None else one * 10 for one in gradients)

    twice.grad_fn.register_prehook(tenfold)
    (twice + 7 * thrice).sum().backward()
    assert seen == [[None, [1, 1], None, [7, 7]]]
    assert x.grad.tolist() == [230, 230]


def test_a_freed_graph_stays_freed() -> None:
    x = leaf([1.0])
    y = x.exp()
    y.backward()
    y.grad_fn.register_hook(lambda inputs, outputs: None)
    with pytest.raises(RuntimeError, match="retain_graph"):
        y.backward()


def test_what_a_node_hook_may_return() -> None:
    x = leaf([1.0])
    y = x.neg()
    handle = y.grad_fn.register_hook(lambda inputs, outputs: (at.ones(3),))
    with pytest.raises(RuntimeError, match=r"a hook on a node must return None or a tuple"):
        y.backward(retain_graph=True)
    handle.remove()
    y.grad_fn.register_hook(lambda inputs, outputs: inputs[0] * 4)
    y.backward()
    assert x.grad.item() == -4


def test_hooks_on_a_node_in_a_checkpoint() -> None:
    x, w = leaf([1.0]), leaf([3.0])
    runs: list[int] = []

    def function(x: Any) -> Any:
        runs.append(1)
        return (x * w).exp() * x

    y = at.utils.checkpoint.checkpoint(function, x, use_reentrant=False)
    seen: list[Any] = []
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append([g.item() for g in inputs]))
    y.backward()
    np.testing.assert_allclose(seen, [[1.0, np.exp(3.0)]])
    np.testing.assert_allclose([x.grad.item(), w.grad.item()], [4 * np.exp(3.0), np.exp(3.0)])
    assert len(runs) == 2


def test_broadcast_gradients_reach_hooks_in_the_shape_of_their_arguments() -> None:
    x, w = leaf(np.ones((2, 3))), leaf(np.ones(3))
    y = x * w
    shapes: list[Any] = []
    y.grad_fn.register_hook(lambda inputs, outputs: shapes.extend(one.shape for one in inputs))
    y.sum().backward()
    assert shapes == [(2, 3), (3,)]


# -- what has been added up ------------------------------------------------------------------------


def test_a_hook_after_accumulation_sees_the_sum() -> None:
    x = leaf([1.0, 2.0])
    seen: list[Any] = []
    handle = x.register_post_accumulate_grad_hook(lambda one: seen.append((one, one.grad.tolist())))
    (x * 3).sum().backward()
    (x * 3).sum().backward()
    assert seen == [(x, [3.0, 3.0]), (x, [6.0, 6.0])]
    at.grad((x * 3).sum(), x)
    y = leaf([1.0])
    (y * x.sum()).backward(inputs=[y])
    assert len(seen) == 2
    handle.remove()
    (x * 3).sum().backward()
    assert len(seen) == 2


def test_the_optimizer_steps_in_backward() -> None:
    """The usual use: each parameter is updated, and its gradient dropped, by its own hook."""
    x = leaf([1.0, 2.0])

    def step(parameter: Any) -> None:
        parameter.add_(parameter.grad, alpha=-0.5)
        parameter.grad = None

    x.register_post_accumulate_grad_hook(step)
    for _ in range(2):
        (x * x).sum().backward()
    np.testing.assert_allclose(x.detach(), [0.0, 0.0])
    assert x.grad is None


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("ambient", [False, True])
def test_every_hook_records_only_if_a_graph_is_made(create_graph: bool, ambient: bool) -> None:
    """Also those that are called at the end of the walk, and whatever holds around it."""
    x = leaf([1.0, 2.0])
    y = x * x
    seen: dict[str, bool] = {}

    def look(name: str) -> Any:
        def hook(*given: Any) -> None:
            seen[name] = at.is_grad_enabled()

        return hook

    x.register_hook(look("leaf"))
    y.register_hook(look("tensor"))
    y.grad_fn.register_prehook(look("before a node"))
    y.grad_fn.register_hook(look("after a node"))
    end = y.grad_fn.next_functions[0][0]
    end.register_prehook(look("before a sum"))
    end.register_hook(look("after a sum"))
    x.register_post_accumulate_grad_hook(look("accumulated"))
    at.autograd.graph.register_multi_grad_hook([x, y], look("all"))
    at.autograd.graph.register_multi_grad_hook([x, leaf([1.0])], look("all, one not reached"))
    at.autograd.graph.register_multi_grad_hook([x, y], look("any"), mode="any")
    loss = y.exp().sum()
    with at.set_grad_enabled(ambient):
        loss.backward(create_graph=create_graph)
        assert at.is_grad_enabled() is ambient
    assert len(seen) == 10
    assert set(seen.values()) == {create_graph}


def test_who_can_have_such_a_hook() -> None:
    with pytest.raises(RuntimeError, match="does not require grad"):
        at.ones(1).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="is no leaf"):
        (leaf([1.0]) * 2).register_post_accumulate_grad_hook(print)
    x = leaf([1.0])
    x.register_post_accumulate_grad_hook(lambda one: one)
    with pytest.raises(RuntimeError, match="must return None"):
        x.exp().backward()


def test_hooks_on_a_leaf_and_its_node_run_in_turn() -> None:
    """Whenever they were registered: on the Tensor, before it is added, after it was added."""
    x = leaf([1.0])
    end = (x * 1).grad_fn.next_functions[0][0]
    seen: list[float] = []
    end.register_hook(lambda inputs, outputs: seen.append(outputs[0].item()))
    end.register_prehook(lambda outputs: (outputs[0] * 2,))
    x.register_hook(lambda gradient: gradient + 1)
    (x * 5).backward()
    assert seen == [12.0]
    assert x.grad.item() == 12


def multi_grad(package: Any) -> list[Any]:
    a = package.ones(2, requires_grad=True)
    b = package.ones(2, requires_grad=True)
    c, d = a * b, a * b
    seen: list[Any] = []
    register = package.autograd.graph.register_multi_grad_hook

    def note(grads: Any) -> None:
        seen.append([None if one is None else one.tolist() for one in grads])

    every = register((a, b, c, d), note)
    first = register((a, c), lambda grad: seen.append(grad.tolist()), mode="any")
    c.sum().backward(retain_graph=True)
    c.sum().backward(inputs=(a,), retain_graph=True)
    (c + d).sum().backward(retain_graph=True)
    every.remove()
    first.remove()
    c.sum().backward()
    return seen


def test_hooks_on_several_gradients_as_in_pytorch(torch: ModuleType) -> None:
    expected = multi_grad(torch)
    assert len(expected) == 6
    assert multi_grad(at) == expected


def test_an_error_on_the_way_leaves_no_gradients_behind() -> None:
    x = leaf([1.0])
    y = x * 2
    seen: list[Any] = []

    def stop(gradient: Any) -> None:
        raise ValueError("stopped")

    handle = x.register_hook(stop)
    graph.register_multi_grad_hook((x, y), seen.append)
    with pytest.raises(ValueError, match="stopped"):
        y.exp().backward()
    handle.remove()
    (x * 3).backward()
    assert [[one if one is None else one.item() for one in grads] for grads in seen] == [[3, None]]


def test_a_walk_inside_a_walk_has_its_own_end() -> None:
    x, z = leaf([1.0]), leaf([1.0])
    y = x * 2
    seen: list[str] = []
    x.register_post_accumulate_grad_hook(lambda one: seen.append("x"))
    z.register_post_accumulate_grad_hook(lambda one: seen.append("z"))
    graph.register_multi_grad_hook((y, z), lambda grads: seen.append(str(grads[1])))
    product = z * 5
    y.register_hook(lambda gradient: product.backward())
    y.backward()
    assert seen == ["tensor([5.], dtype=float64)", "z", "None", "x"]


def test_modes_of_hooks_on_several_gradients() -> None:
    with pytest.raises(ValueError, match="mode must be 'all' or 'any', got 'some'"):
        graph.register_multi_grad_hook((), print, mode="some")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="does not require grad"):
        graph.register_multi_grad_hook((at.ones(1),), print)
    with graph.register_multi_grad_hook((at.ones(1),), print, mode="any"):
        pass


# -- what is saved ---------------------------------------------------------------------------------


def saved(package: Any, function: Any) -> list[Any]:
    x = package.tensor([0.5, 2.0], dtype=package.float64, requires_grad=True)
    w = package.tensor([3.0, -1.0], dtype=package.float64, requires_grad=True)
    seen: list[Any] = []

    def pack(one: Any) -> Any:
        seen.append((one is x, one is w, np.round(one.tolist(), 12).tolist()))
        return [one]

    def unpack(packed: Any) -> Any:
        return packed[0] * 2

    with package.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = function(x, w)
    y.sum().backward()
    gradients = [None if one.grad is None else one.grad.tolist() for one in (x, w)]
    return [sorted(seen), [one and np.round(one, 12).tolist() for one in gradients]]


@pytest.mark.parametrize(
    "function",
    [lambda x, w: x * w, lambda x, w: x.exp(), lambda x, w: (x + w).tanh()],
    ids=["mul", "exp", "tanh"],
)
def test_saved_values_go_through_hooks_as_in_pytorch(torch: ModuleType, function: Any) -> None:
    assert saved(at, function) == saved(torch, function)


def test_gradients_of_any_order_go_through_hooks() -> None:
    x = leaf([0.5])
    with graph.saved_tensors_hooks(lambda one: one.numpy(force=True).copy(), at.from_numpy):
        y = x.exp() * x * x
    (first,) = at.grad(y, x, create_graph=True)
    (second,) = at.grad(first, x)
    np.testing.assert_allclose(first.item(), np.exp(0.5) * (2 * 0.5 + 0.25))
    np.testing.assert_allclose(second.item(), np.exp(0.5) * (2 + 4 * 0.5 + 0.25))


def test_a_function_saves_through_hooks_too() -> None:
    class Square(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x * x
            ctx.save_for_backward(x, y, None)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y, nothing = ctx.saved_tensors
            assert nothing is None
            return g * 2 * x + 0 * y

    x = leaf([3.0])
    with graph.saved_tensors_hooks(lambda one: one * 10, lambda packed: packed):
        y = Square.apply(x)
    y.backward(retain_graph=True)
    assert x.grad.item() == 60
    with pytest.raises(RuntimeError, match="packed"):
        y.grad_fn.saved_tensors
    with graph.saved_tensors_hooks(lambda one: one, lambda packed: packed):
        y = Square.apply(x)
    (first,) = at.grad(y, x, create_graph=True)
    assert at.grad(first, x)[0].item() == 2


def everything_packed(package: Any, functional: Any) -> Any:
    """Second derivatives through layers, views and a write in place, of packed values."""
    x = package.tensor([1.0, -2.0, 0.5, 3.0], dtype=package.float64, requires_grad=True)
    with package.autograd.graph.saved_tensors_hooks(lambda one: one.clone(), lambda one: one):
        y = x * 1
        y[:2].mul_(3)
        loss = functional.layer_norm(y * 2, (4,)).pow(3).sum() + package.stack([y, x]).std()
        loss = loss + functional.cross_entropy((y * 3)[None], package.tensor([1]))
        loss = loss + (y * y).sum() + y.unsqueeze(0).softmax(1).max()
        (gradient,) = package.autograd.grad(loss, x, create_graph=True)
        (gradient**2).sum().backward()
    return x.grad.tolist()


def test_second_derivatives_of_packed_values(torch: ModuleType) -> None:
    expected = everything_packed(torch, torch.nn.functional)
    np.testing.assert_allclose(everything_packed(at, nn.functional), expected, rtol=1e-9)


def test_a_graph_with_packed_values_is_freed() -> None:
    x = leaf([1.0])
    with graph.saved_tensors_hooks(lambda one: one, lambda packed: packed):
        y = x.exp() * x
    y.backward()
    with pytest.raises(RuntimeError, match="retain_graph"):
        y.backward()


def test_what_is_packed_is_not_kept_besides() -> None:
    x = leaf([1.0])
    with graph.saved_tensors_hooks(lambda one: one.clone(), lambda packed: packed):
        y = x.exp()
        y.mul_(3)  # nor watched
    y.backward()
    assert x.grad.item() == pytest.approx(3 * np.e)
    with graph.saved_tensors_hooks(lambda one: one.clone(), lambda packed: packed):
        y = x.exp()
        kept = weakref.ref(y.array)
    z = y.sum()
    del y
    assert kept() is None
    z.backward()


def test_only_what_is_recorded_inside_is_packed() -> None:
    x = leaf([1.0])
    packed: list[Any] = []

    def pack(one: Any) -> Any:
        packed.append(one.item())
        return one

    before = x.exp()
    outer = graph.saved_tensors_hooks(lambda one: pytest.fail("the outer one"), lambda one: one)
    with outer, graph.saved_tensors_hooks(pack, lambda one: one):
        inside = (x * 7).exp()
    after = x.exp()
    assert packed[-1] == inside.item()
    count = len(packed)
    (before + inside + after).backward()
    assert len(packed) == count


@pytest.mark.parametrize("function", [lambda x: x.exp(), lambda x: x * x, lambda x: (x * 1).sin()])
def test_a_pack_hook_must_not_write_to_what_it_is_given(function: Any) -> None:
    """It is what the operator gave or was given, not a copy."""
    x = leaf([1.0])
    with (
        at.autograd.graph.saved_tensors_hooks(lambda one: one.mul_(2), lambda one: one),
        pytest.raises(RuntimeError, match="pack_hook has modified its input"),
    ):
        function(x)


def test_an_unpack_hook_must_return_a_tensor() -> None:
    x = leaf([1.0])
    with graph.saved_tensors_hooks(lambda one: 1, lambda packed: packed):
        y = x * x
    with pytest.raises(TypeError, match="expected to be a Tensor but has type int"):
        y.backward()


def test_saved_values_may_be_written_where_that_is_allowed() -> None:
    x = leaf([1.0])
    with graph.allow_mutation_on_saved_tensors() as context:
        a = x * 1
        b = a.exp() * a
        a.mul_(3)
        b.backward()
    np.testing.assert_allclose(x.grad.item(), 2 * np.e)
    context.clear()
    a = x * 1
    b = a.exp() * a
    a.mul_(3)
    with pytest.raises(RuntimeError, match="modified"):
        b.backward()


def test_save_on_cpu_copies() -> None:
    x = leaf([2.0])
    with graph.save_on_cpu(pin_memory=True):
        y = x * x
    x.data = at.tensor([9.0], dtype=x.dtype)
    y.backward()
    assert x.grad.item() == 4


def test_hooks_on_saved_values_can_be_forbidden() -> None:
    hooks = graph.saved_tensors_hooks(lambda one: one, lambda packed: packed)
    with (
        graph.disable_saved_tensors_hooks("not here"),
        pytest.raises(RuntimeError, match="not here"),
    ):
        hooks.__enter__()
    with hooks, pytest.raises(RuntimeError, match="not here"):
        graph.disable_saved_tensors_hooks("not here").__enter__()


# -- edges -----------------------------------------------------------------------------------------


def edges(package: Any) -> list[Any]:
    x = package.tensor([2.0, 3.0], requires_grad=True)
    y = x * x
    loss = y.sum()
    edge = package.autograd.graph.get_gradient_edge
    of_y, of_x, of_loss = edge(y), edge(x), edge(loss)
    del y, loss
    found = package.autograd.grad(of_loss, [of_y, of_x], retain_graph=True)
    package.autograd.backward(of_loss, inputs=[of_x])
    names = [one.node.name() for one in (of_y, of_x, of_loss)]
    return [*names, of_y.output_nr, [one.tolist() for one in found], x.grad.tolist()]


def test_edges_stand_for_their_tensors(torch: ModuleType) -> None:
    assert edges(at) == edges(torch)


def test_an_edge_needs_a_gradient() -> None:
    with pytest.raises(RuntimeError, match="not possible to get the gradient edge"):
        graph.get_gradient_edge(at.ones(1))


def test_a_write_by_numpy_can_be_told() -> None:
    x = leaf([1.0])
    y = x.exp()
    y.array[:] = 5
    graph.increment_version([y])
    with pytest.raises(RuntimeError, match="modified"):
        y.backward()
