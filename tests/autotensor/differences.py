"""Writes docs/tables/differences.md: what differs from PyTorch on purpose.

    python -m tests.autotensor.differences

``test_differences.py`` runs every example, here and in PyTorch.
"""

from __future__ import annotations

import math
import os
import textwrap
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "tables" / "differences.md"


class Difference(NamedTuple):
    """One thing that differs."""

    what: str
    example: str
    """Lines of a script; the last is an expression."""
    theirs: str
    """What PyTorch gives, as ``outcome`` tells it."""
    ours: str
    why: str
    where: str
    """What has it in its docstring: ``autotensor.sign``."""


D = Difference
REFUSED = "RuntimeError"

DIFFERENCES = [
    D(
        "the version", "torch.__version__.split('.')[0] == '2'", "True", "False",
        "it is this project's own: what compares it goes the way for an old PyTorch",
        "autotensor.version",
    ),
    D(
        "`scatter_add` by an expanded index that is smaller than the input",
        """
        index = torch.zeros(1, 1, 1, 1, dtype=torch.int64).expand(1, 3, 3, 2)
        x = torch.zeros(2, 5, 4, 2).scatter_add(0, index, torch.ones(1, 3, 3, 2))
        x[:, :, 3].sum()
        """,
        "4", "0", "nothing was to be added there; the same in gradients of `gather`",
        "autotensor.scatter_add",
    ),
    D(
        "the sign of NaN", "torch.sign(torch.tensor(nan))", "0", "nan",
        "a NaN is not hidden", "autotensor.sign",
    ),
    D(
        "the sign of NaN, `sgn`", "torch.sgn(torch.tensor(nan))", "0", "nan",
        "a NaN is not hidden", "autotensor.sgn",
    ),
    D(
        "a write through `data` to what `backward` needs",
        """
        x = torch.ones(1, requires_grad=True)
        y = x * x
        x.data.fill_(3.0)
        torch.autograd.grad(y, x)[0]
        """,
        "[6]", REFUSED, "never a silent wrong gradient", "autotensor.Tensor.data",
    ),
    D(
        "a write to a part of what an operator has saved another part of",
        """
        x = torch.ones(2, requires_grad=True)
        buffer = torch.ones(3)
        y = (x * buffer[:2]).sum()
        buffer[2] = 5.0
        torch.autograd.grad(y, x)[0]
        """,
        REFUSED, "[1, 1]", "what was saved is as it was", "autotensor.Tensor",
    ),
    D(
        "`no_grad` in a function that is differentiated forward",
        """
        def function(x):
            with torch.no_grad():
                total = x.sum()
            return (x * total).sum()
        torch.func.jvp(function, (torch.ones(2),), (torch.ones(2),))[1]
        """,
        "8", "4", "forward is twice backward here, and what is not recorded is constant to both",
        "autotensor.func.jvp",
    ),
    D(
        "`enable_grad` in `inference_mode`",
        """
        x = torch.ones(1, requires_grad=True)
        with torch.inference_mode(), torch.enable_grad():
            y = x * 2
        y.requires_grad
        """,
        "False", "True", "there are no Tensors of a kind of their own for inference",
        "autotensor.inference_mode",
    ),
    D(
        "`no_grad` around a `yield`, for who asks for the next value",
        """
        def numbers():
            with torch.no_grad():
                yield 1
        running = numbers()
        value = next(running)
        found = torch.is_grad_enabled()
        running.close()
        found
        """,
        "False", "True", "it is the generator's", "autotensor.no_grad",
    ),
    D(
        "a write in `vmap` to what the samples share",
        """
        shared = torch.zeros(1)
        torch.vmap(lambda x: shared.fill_(1.0) + x)(torch.ones(2))
        """,
        "[[2], [2]]", REFUSED,
        "whether all samples write the same is not known beforehand", "autotensor.vmap",
    ),
    D(
        "a write in `grad` and its kin to what was there before",
        """
        kept = torch.zeros(1)
        torch.func.grad(lambda x: (kept.copy_(x) * x).sum())(torch.ones(1))
        """,
        REFUSED, "[2]", "the derivative is known; what is written keeps its values, and no graph",
        "autotensor.func.grad",
    ),
    D(
        "a `Function`'s own `vmap`",
        """
        class Double(torch.autograd.Function):
            @staticmethod
            def forward(x):
                return 2 * x
            @staticmethod
            def setup_context(ctx, inputs, output):
                pass
            @staticmethod
            def vmap(info, in_dims, x):
                return 200 * x, 0
        torch.vmap(Double.apply)(torch.ones(2))
        """,
        "[200, 200]", "[2, 2]", "`vmap` is a loop over the samples: it has no use for one",
        "autotensor.Function",
    ),
    D(
        "a write to memory that overlaps what is read",
        """
        x = torch.tensor([1.0, 2.0, 3.0])
        x[1:].add_(x[:-1])
        """,
        REFUSED, "[3, 5]", "NumPy reads everything before it writes", "autotensor.Tensor",
    ),
    D(
        "`fill_`, `zero_` or a mask on all of an expanded Tensor",
        """
        x = torch.zeros(2, 1)
        x.expand(2, 3).fill_(1.0)
        x.sum()
        """,
        "2", REFUSED,
        "it would write each element three times; parts that are not stretched can be written to",
        "autotensor.Tensor.expand",
    ),
    D(
        "`view` of a result whose memory has another order",
        "(torch.ones(2, 3).t() + 1).view(6)",
        REFUSED, "[2, 2, 2, 2, 2, 2]",
        "what is no view of another Tensor may be laid out anew", "autotensor.Tensor.view",
    ),
    D(
        "a write to `reshape` of such a result",
        """
        x = torch.ones(2, 3).t() + 1
        x.reshape(6)[0] = 9
        x.max()
        """,
        "2", "9", "`reshape` and `contiguous` share memory where they can, and so this, too",
        "autotensor.reshape",
    ),
    D(
        "NaN made in the forward pass, in `detect_anomaly`",
        """
        with torch.autograd.detect_anomaly():
            y = torch.tensor([-1.0], requires_grad=True).sqrt()
        y.detach()
        """,
        "[nan]", REFUSED, "the first culprit is named, forward or backward",
        "autotensor.detect_anomaly",
    ),
    D(
        "an infinite gradient, in `detect_anomaly`",
        """
        x = torch.tensor([0.0], requires_grad=True)
        with torch.autograd.detect_anomaly():
            found = torch.autograd.grad(x.sqrt(), x)
        found[0]
        """,
        "[inf]", REFUSED, "NaN soon comes of it; `check_inf=False` lets it pass",
        "autotensor.detect_anomaly",
    ),
    D(
        "a write to one of the views that `split` gives",
        """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.split(1)[0].mul_(3)
        torch.autograd.grad(y.sum(), x)[0]
        """,
        REFUSED, "[6, 2]", "they are views like others", "autotensor.split",
    ),
    D(
        "a write to one of the views that `unbind` gives",
        """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.unbind()[0].mul_(3)
        torch.autograd.grad(y.sum(), x)[0]
        """,
        REFUSED, "[6, 2]", "they are views like others", "autotensor.unbind",
    ),
    D(
        "a second derivative past a `once_differentiable`, of a sum",
        """
        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x
            @staticmethod
            @torch.autograd.function.once_differentiable
            def backward(ctx, g):
                return 2 * ctx.saved_tensors[0] * g
        x = torch.tensor(1.0, requires_grad=True)
        (g,) = torch.autograd.grad(Square.apply(x) + x**3, x, create_graph=True)
        torch.autograd.grad(g, x)[0]
        """,
        "6", REFUSED, "it is 8, and 2 of that is what the mark forbids",
        "autotensor.autograd.once_differentiable",
    ),
    D(
        "a hook on the node of one of the views that `unbind` gives",
        """
        x = torch.ones(2, requires_grad=True)
        first, second = x.unbind()
        first.grad_fn.register_prehook(lambda gradients: tuple(2 * one for one in gradients))
        torch.autograd.grad(first + second, x)[0]
        """,
        "[2, 2]", "[2, 1]", "each has a node of its own; so it is with `split` and `var_mean`",
        "autotensor.autograd.graph.Node",
    ),
    D(
        "a prehook on the end of the graph, in `grad`",
        """
        x = torch.tensor(1.0, requires_grad=True)
        y = x * 3
        y.grad_fn.next_functions[0][0].register_prehook(lambda gradients: (2 * gradients[0],))
        torch.autograd.grad(y, x)[0]
        """,
        "3", "6", "`grad` gives what `backward` adds",
        "autotensor.nodes.AccumulateGrad.register_prehook",
    ),
    D(
        "RReLU in a checkpoint: is the gradient that of the value?",
        """
        x = -torch.ones(2, requires_grad=True)
        y = checkpoint(nn.RReLU(), x, use_reentrant=False)
        torch.equal(y / x, torch.autograd.grad(y.sum(), x)[0])
        """,
        "False", "True", "what was drawn is drawn again", "nn.functional.rrelu",
    ),
    D(
        "a fraction times a product of integers",
        """
        i = torch.ones(1, 1, 1, dtype=torch.int64)
        torch.baddbmm(i, i, i, beta=0.5)
        """,
        "[[[1]]]", REFUSED, "a factor of 0.5 is not silently 0", "autotensor.baddbmm",
    ),
    D(
        "the same, `addmm`",
        """
        i = torch.ones(1, 1, dtype=torch.int64)
        torch.addmm(i, i, i, alpha=0.5)
        """,
        "[[1]]", REFUSED, "a factor of 0.5 is not silently 0", "autotensor.addmm",
    ),
    D(
        "the same, `addbmm`",
        """
        i = torch.ones(1, 1, 1, dtype=torch.int64)
        torch.addbmm(i[0], i, i, beta=0.5)
        """,
        "[[1]]", REFUSED, "a factor of 0.5 is not silently 0", "autotensor.addbmm",
    ),
    D(
        "the same, `addmv`",
        """
        i = torch.ones(1, dtype=torch.int64)
        torch.addmv(i, i[None], i, alpha=0.5)
        """,
        "[1]", REFUSED, "a factor of 0.5 is not silently 0", "autotensor.addmv",
    ),
    D(
        "`batch_norm` of an input without channels",
        "F.batch_norm(torch.ones(0), None, None, training=True)",
        "[]", REFUSED, "the channels are the second dimension", "nn.functional.batch_norm",
    ),
    D(
        "the gradient of `cholesky_solve` by the triangle that is not read",
        """
        L = torch.tensor([[1.0, 5.0], [1.0, 1.0]], requires_grad=True)
        torch.autograd.grad(torch.cholesky_solve(torch.ones(2, 1), L).sum(), L)[0]
        """,
        "[[-2, -10], [0, 0]]", "[[-2, 0], [0, 0]]", "nothing depends on it",
        "autotensor.cholesky_solve",
    ),
    D(
        "the gradient of `cholesky_inverse` by the triangle that is not read",
        """
        L = torch.tensor([[1.0, 5.0], [1.0, 1.0]], requires_grad=True)
        torch.autograd.grad(torch.cholesky_inverse(L).sum(), L)[0]
        """,
        "[[-2, -10], [0, 0]]", "[[-2, 0], [0, 0]]", "nothing depends on it",
        "autotensor.cholesky_inverse",
    ),
    D(
        "the gradient of `ctc_loss` by what is no output of `log_softmax`",
        """
        x = torch.zeros(1, 1, 2, requires_grad=True)
        one = torch.tensor([1])
        torch.autograd.grad(F.ctc_loss(x, one[None], one, one), x)[0]
        """,
        "[[[1, 0]]]", "[[[0, -1]]]", "it is the derivative", "nn.functional.ctc_loss",
    ),
    D(
        "eigenvalues of a matrix that is not symmetric",
        "torch.linalg.eigvals(torch.tensor([[0.0, 1.0], [-1.0, 0.0]]))",
        "[1j, -1j]", "NotImplementedError", "there are no complex Tensors",
        "autotensor.linalg.eigvals",
    ),
    D(
        "the second derivative of a norm at 0",
        """
        x = torch.zeros(2, requires_grad=True)
        (g,) = torch.autograd.grad(torch.linalg.norm(x), x, create_graph=True)
        torch.autograd.grad(g.sum(), x)[0]
        """,
        "[nan, nan]", "[0, 0]", "as the first, it is 0 at the bend", "autotensor.linalg.norm",
    ),
    D(
        "`local_response_norm` of integers",
        "F.local_response_norm(torch.ones(1, 1, 1, dtype=torch.int64), 1)",
        "[[[0.99993]]]", REFUSED, "as the other normalizations",
        "nn.functional.local_response_norm",
    ),
    D(
        "`soft_margin_loss` far on the wrong side",
        "F.soft_margin_loss(torch.tensor([-100.0]), torch.tensor([1.0]))",
        "inf", "100", "does not overflow", "nn.functional.soft_margin_loss",
    ),
    D(
        "`cdist` of many points that are close",
        "torch.cdist(torch.full((30, 1), 1e3), torch.full((30, 1), 1000.01))[0, 0]",
        "0", "0.01001", "differences are taken, not products", "autotensor.cdist",
    ),
    D(
        "the gradient of `logcumsumexp` of numbers far apart",
        """
        x = torch.tensor([1e30, 2e30, 1e30], requires_grad=True)
        torch.autograd.grad(torch.logcumsumexp(x, 0), x, torch.tensor([1.0, 2.0, 3.0]))[0]
        """,
        "[1, 1, 0]", "[1, 5, 0]", "it is the derivative", "autotensor.logcumsumexp",
    ),
    D(
        "the gradient of `logcumsumexp` at -inf",
        """
        x = torch.tensor([-inf, 1.0], requires_grad=True)
        torch.autograd.grad(torch.logcumsumexp(x, 0).sum(), x)[0]
        """,
        "[nan, 1]", "[0, 1]", "nothing depends on it", "autotensor.logcumsumexp",
    ),
    D(
        "the second derivative of a `scatter_reduce` product of several zeros",
        """
        x = torch.zeros(2, requires_grad=True)
        y = torch.ones(1).scatter_reduce(0, torch.tensor([0, 0]), x, "prod")
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        torch.autograd.grad(g.sum(), x)[0]
        """,
        REFUSED, "[1, 1]", "it exists", "autotensor.scatter_reduce",
    ),
    D(
        "`ndtr` far on the left",
        "torch.special.ndtr(torch.tensor(-10.0))",
        "0", "7.6199e-24", "keeps its digits", "autotensor.special.ndtr",
    ),
    D(
        "`sinc` at whole numbers",
        "torch.sinc(torch.tensor(1000.0))",
        "3.8149e-08", "0", "keeps its digits", "autotensor.sinc",
    ),
    D(
        "the gradient of `hardsigmoid` in float64",
        """
        x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        6 * torch.autograd.grad(F.hardsigmoid(x).sum(), x)[0] - 1
        """,
        "[2.9802e-08]", "[0]", "a sixth of float64, not of float32", "nn.functional.hardsigmoid",
    ),
    D(
        "complex numbers", "torch.tensor(1j)", "1j", "TypeError", "left out", "autotensor.tensor",
    ),
    D(
        "the dtype of a product under `autocast` on the CPU",
        """
        with torch.autocast("cpu"):
            y = torch.ones(1, 1) @ torch.ones(1, 1)
        str(y.dtype)
        """,
        "'torch.bfloat16'", "'torch.float32'", "every Tensor keeps its dtype",
        "autotensor.amp.autocast",
    ),
    D(
        "`save` of a function",
        "torch.save(print, os.devnull)", "None", "TypeError",
        "files are read without pickle, so that they cannot run code", "autotensor.save",
    ),
    D(
        "what a seed gives",
        """
        torch.manual_seed(0)
        torch.rand(1)
        """,
        "[0.49626]", "[0.85062]", "the numbers are those of NumPy's generator",
        "autotensor.manual_seed",
    ),
    D(
        "workers of a DataLoader: the same process?",
        """
        me = os.getpid()
        collate = lambda batch: os.getpid() == me
        list(data.DataLoader([0], num_workers=1, collate_fn=collate))
        """,
        "[False]", "[True]", "threads: nothing has to be copied or pickled", "nn.data.DataLoader",
    ),
    D(
        "two workers and an IterableDataset: how often is each of its samples there?",
        """
        class One(data.IterableDataset):
            __iter__ = lambda self: iter(["sample"])
        len(list(data.DataLoader(One(), num_workers=2)))
        """,
        "2", "1", "no sample comes twice because of how it is read", "nn.data.DataLoader",
    ),
    D(
        "workers of a DataLoader: a `np.random` and a `random` of their own?",
        """
        from random import random, seed
        seed(0)
        first = random()
        seed(0)
        list(data.DataLoader([0], num_workers=1, collate_fn=lambda batch: random()))
        random() == first
        """,
        "True", "False", "threads share them; `torch.rand` and the like are each worker's own",
        "nn.data.DataLoader",
    ),
    D(
        "an optimizer that loaded the state of another: do they share it?",
        """
        x = torch.ones(1, requires_grad=True)
        x.grad = torch.ones(1)
        first, second = (optim.SGD([x], lr=0.1, momentum=0.9) for _ in range(2))
        first.step()
        second.load_state_dict(first.state_dict())
        second.state[x]["momentum_buffer"] is first.state[x]["momentum_buffer"]
        """,
        "True", "False", "a step of one does not change the other",
        "nn.optim.Optimizer.load_state_dict",
    ),
    D(
        "`grid_sample` without `align_corners`: warnings",
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            y = F.grid_sample(torch.ones(1, 1, 1, 1), torch.zeros(1, 1, 1, 2))
        len(caught)
        """,
        "1", "0", "the default has been the same for years", "nn.functional.grid_sample",
    ),
    D(
        "an optimizer's `differentiable=True`",
        "optim.SGD([torch.ones(1, requires_grad=True)], differentiable=True).defaults['lr']",
        "0.001", "ValueError", "a step is taken in place, outside of the graph",
        "nn.optim.Optimizer",
    ),
    D(
        "losses by their names at the top: `torch.kl_div`, `torch.ctc_loss` …",
        "torch.kl_div(torch.zeros(2), torch.ones(2)).ndim", "1", "0",
        "they are those of `functional`, with the mean as default; PyTorch's take reductions by "
        "number and default to none",
        "nn.functional.kl_div",
    ),
    D(
        "`embedding_bag` with `scale_grad_by_freq`",
        """
        w = torch.ones(5, 1, requires_grad=True)
        i = torch.tensor([1, 4, 1, 0, 1, 3])
        y = F.embedding_bag(i, w, torch.tensor([0]), mode="sum", scale_grad_by_freq=True)
        torch.autograd.grad(y.sum(), w)[0]
        """,
        "[[1], [1], [0], [0.33333], [0.33333]]", "[[1], [1], [0], [1], [1]]",
        "each row is divided by how often it occurs itself", "nn.functional.embedding_bag",
    ),
    D(
        "`embedding_bag` with a last offset before the end of the input",
        """
        w, i = torch.tensor([[1.0], [2.0], [6.0], [7.0]]), torch.tensor([0, 1, 2, 3])
        F.embedding_bag(i, w, torch.tensor([0, 2]), include_last_offset=True)
        """,
        "[[0.75]]", "[[1.5]]",
        "the last bag ends there, as PyTorch's documentation says; PyTorch reads on to the end in "
        "some modes and dtypes, and here adds two rows and divides by four",
        "nn.functional.embedding_bag",
    ),
    D(
        "NaN in `embedding_bag` with `mode='max'`",
        """
        w = torch.tensor([[1.0], [nan], [3.0]])
        F.embedding_bag(torch.tensor([[0, 1, 2]]), w, mode="max")
        """,
        "[[3]]", "[[nan]]", "a NaN is not hidden, wherever it stands",
        "nn.functional.embedding_bag",
    ),
    D(
        "`TransformerEncoder` in evaluation under `no_grad`: outputs at padding",
        """
        layer = nn.TransformerEncoderLayer(2, 2, 2, batch_first=True)
        encoder = nn.TransformerEncoder(layer, 1).eval()
        x, padding = torch.ones(2, 2, 2), torch.tensor([[False, True], [False, False]])
        with torch.no_grad():
            y = encoder(x, src_key_padding_mask=padding)
        bool((y[0, 1] == 0).all())
        """,
        "True", "False", "what is computed does not depend on whether gradients are wanted",
        "nn.TransformerEncoder",
    ),
    D(
        "rows that may look at nothing in `TransformerEncoder`, in evaluation under `no_grad`",
        """
        layer = nn.TransformerEncoderLayer(2, 2, 2, batch_first=True)
        encoder = nn.TransformerEncoder(layer, 1).eval()
        with torch.no_grad():
            y = encoder(torch.ones(1, 2, 2), mask=torch.ones(2, 2, dtype=torch.bool))
        bool(y.isnan().any())
        """,
        "True", "False", "they look at nothing, as they do in PyTorch with gradients",
        "nn.TransformerEncoder",
    ),
    D(
        "how the output of a convolution lies in memory",
        "F.conv2d(torch.ones(2, 3, 4, 4), torch.ones(3, 3, 2, 2)).is_contiguous()",
        "True", "False",
        "batch innermost, which is what makes it fast; `view` takes it all the same",
        "nn.functional.conv2d",
    ),
    D(
        "a step of Muon",
        """
        w = torch.eye(2, requires_grad=True)
        w.grad = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
        optim.Muon([w], lr=0.1, weight_decay=0).step()
        round(w[0, 0].item(), 3)
        """,
        "1.065", "1.066", "iterates in float32, because NumPy has no bfloat16", "nn.optim.Muon",
    ),
    D(
        "what `unpad_sequence` leaves of its argument's shape",
        """
        x = torch.ones(3, 2)
        parts = rnn.unpad_sequence(x, torch.tensor([3, 1]))
        tuple(x.shape)
        """,
        "(2, 3)", "(3, 2)", "an argument is not changed", "nn.utils.rnn.unpad_sequence",
    ),
    D(
        "`pack_padded_sequence` with a length beyond the end",
        "rnn.pack_padded_sequence(torch.ones(1, 1), torch.tensor([2])).batch_sizes",
        "[1, 1]", REFUSED, "there is nothing there to pack",
        "nn.utils.rnn.pack_padded_sequence",
    ),
]  # fmt: skip


def outcome(library: str, example: str) -> str:
    """What a script gives, or the error that it ends with."""
    rooms = {
        "torch": {"F": "torch.nn.functional", "optim": "torch.optim", "data": "torch.utils.data",
                  "rnn": "torch.nn.utils.rnn", "nn": "torch.nn",
                  "checkpoint": "torch.utils.checkpoint"},
        "autotensor": {"F": "nn.functional", "optim": "nn.optim", "data": "nn.data",
                       "rnn": "nn.utils.rnn", "nn": "nn",
                       "checkpoint": "autotensor.utils.checkpoint"},
    }[library]  # fmt: skip
    names: dict[str, Any] = {name: import_module(room) for name, room in rooms.items()}
    names |= {"torch": import_module(library), "checkpoint": names["checkpoint"].checkpoint}
    names |= {"nan": math.nan, "inf": math.inf, "os": os, "warnings": warnings}
    *lines, last = lines_of(example)
    try:
        exec("\n".join(lines), names)
        return told(eval(last, names))
    except Exception as error:
        return type(error).__name__


def lines_of(example: str) -> list[str]:
    return textwrap.dedent(example).strip().splitlines()


def told(value: Any) -> str:
    """A result in few digits, and -0 as 0."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return f"[{', '.join(map(told, value))}]"
    return f"{value + 0.0:.5g}" if isinstance(value, float) else repr(value)


HEAD = """# What differs from PyTorch on purpose

Made by `python -m tests.autotensor.differences`, not by hand; the tests run every example here and
in PyTorch 2.13. `torch` stands for either library. Devices, compilation, complex, sparse
and quantized tensors are left out altogether. Where the two differ in digits:
[accuracy.md](accuracy.md). What is refused differs in wording everywhere, and is not listed.

| what | example | PyTorch | here | why | documented at |
| --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """As Markdown."""
    return HEAD + "".join(
        f"| {one.what} | {'<br>'.join(f'`{line}`' for line in lines_of(one.example))} "
        f"| `{one.theirs}` | `{one.ours}` | {one.why} | `{one.where}` |\n"
        for one in DIFFERENCES
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
