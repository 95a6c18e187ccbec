"""Calls every public callable with junk, and says where it is not refused as a user may expect.

    python -m tests.fuzz calls --count 20000 --seed 0      all of them
    python -m tests.fuzz calls --only linalg --count 500   those whose name has the word

Junk may be taken or refused.  What is demanded of a refusal: a ValueError, TypeError, IndexError,
RuntimeError or NotImplementedError (``ALSO`` lists the few others); a message that names the
callable and is none of NumPy's; no warning from NumPy; and everything as it was before, the
arguments and what is set for the whole process.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import inspect
import io
import os
import random
import re
import resource
import signal
import sys
import tempfile
import traceback
import types
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
import nn
import nn.functional as F
from autotensor import printing
from tests.fuzz.valid_calls import Call, compiled, fresh_call, instances, recorded, written

_ROOT = str(Path(__file__).resolve().parents[2])
WARNINGS = (RuntimeWarning, DeprecationWarning, FutureWarning)
"""What NumPy warns with; a warning that begins with the name of what was called is our own."""
SECONDS = 10
"""What one call may take."""
LONG = re.compile(r"fit$|Transformer|RNN|LSTM|GRU|split|chunk|spectral_norm")
"""What may be asked to do something 2**62 times."""
MEMORY = 4 << 30
"""How much more memory all of them may take."""

# -- what is called --------------------------------------------------------------------------------

MODULES = {
    "autotensor": "autotensor", "array_api": "autotensor.array_api",
    "array_api.linalg": "autotensor.array_api.linalg",
    "linalg": "autotensor.linalg", "special": "autotensor.special",
    "func": "autotensor.func", "autograd": "autotensor.autograd",
    "functional": "autotensor.autograd.functional", "checkpoint": "autotensor.utils.checkpoint",
    "cuda": "autotensor.cuda", "accelerator": "autotensor.accelerator",
    "distributions": "autotensor.distributions", "nn": "nn",
    "F": "nn.functional", "init": "nn.init", "optim": "nn.optim",
    "lr_scheduler": "nn.optim.lr_scheduler", "swa_utils": "nn.optim.swa_utils",
    "utils": "nn.utils", "rnn": "nn.utils.rnn", "parametrize": "nn.utils.parametrize",
    "parametrizations": "nn.utils.parametrizations", "data": "nn.data",
    "transforms": "nn.data.transforms", "training": "nn.training",
}  # fmt: skip

#: Not called: what is no function of the library, or must not see junk.
LEFT_OUT = {
    "remembered", "descend",  # what optimizers are written with
    "autotensor.set_num_threads",  # 2**62 threads would be a legal wish
    "data.InterpolationMode", "transforms.InterpolationMode",  # an enum
    "training.Metric",  # a protocol
    "training.History",  # a dict
    "codomain", "domain", "support",  # constraints, which depend on the object
}  # fmt: skip

#: The methods that Python's syntax calls.
SYNTAX = {
    "__add__", "__radd__", "__iadd__", "__sub__", "__rsub__", "__mul__", "__truediv__",
    "__floordiv__", "__mod__", "__pow__", "__rpow__", "__matmul__", "__rmatmul__", "__and__",
    "__or__", "__xor__", "__lshift__", "__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__",
    "__getitem__", "__setitem__", "__delitem__", "__contains__", "__call__", "__iter__", "__len__",
    "__int__", "__float__", "__bool__", "__index__", "__neg__", "__invert__",
}  # fmt: skip


class Target(NamedTuple):
    """A public callable."""

    name: str
    function: Callable[..., Any]
    valid: list[Callable[[], Call]]
    """What gives the arguments of calls that work."""
    kept: int = 0
    """How many of the first arguments are not spoiled: ``self`` of an instance."""


def _public(module: types.ModuleType) -> list[str]:
    listed = getattr(module, "__all__", None)
    return [name for name in listed or dir(module) if name[0] != "_"]


def _methods(cls: type) -> Iterator[str]:
    """The methods of ``cls`` and its bases in the library; those of Module for Module alone."""
    for name in sorted(dir(cls)):
        owner = next((base for base in cls.__mro__ if name in vars(base)), object)
        ours = owner.__module__.split(".")[0] in ("autotensor", "nn")
        inherited = owner in (nn.Module, at.Tensor) and cls is not owner and name != "__call__"
        public = (name[0] != "_" and name != "forward") or name in SYNTAX
        if ours and public and not inherited and callable(getattr(cls, name)):
            yield name


def targets() -> list[Target]:
    """Everything that is public and can be called."""
    valid: dict[str, list[Callable[[], Call]]] = {}
    for name, calls in recorded().items():
        valid[name] = [lambda one=one: fresh_call(one) for one in calls]  # type: ignore[misc]
    valid |= written()
    found = {}
    seen: set[Any] = set()
    for place, path in MODULES.items():
        module = import_module(path)
        for short in _public(module):
            function, name = getattr(module, short), f"{place}.{short}"
            ours = getattr(function, "__module__", "").split(".")[0] in ("autotensor", "nn")
            if callable(function) and ours and name not in LEFT_OUT:
                same = valid.get(f"autotensor.{short}", []) if place == "F" else []
                if not (function in seen and name not in valid):
                    found[name] = Target(name, function, valid.get(name, same))
                seen.add(function)
    for short in _methods(at.Tensor):
        name = f"Tensor.{short}"
        own = valid.get(name) or valid.get(f"autotensor.{short.rstrip('_')}") or [_a_tensor]
        found[name] = Target(name, getattr(at.Tensor, short), own, kept=1)
    for name, (make, given) in instances().items():
        for short in _methods(type(make())):
            full = name + ("()" if short == "__call__" else f".{short}")
            function = getattr(type(make()), short)
            if short != "__call__" and (function in seen or short in LEFT_OUT):
                continue
            seen.add(function)
            arguments = given if short == "__call__" else None
            found[full] = Target(full, _bound(short), [_with_self(make, arguments)], kept=1)
    return list(found.values())


def _a_tensor() -> Call:
    return Call((at.ones(2, 3),), {})


def _bound(method: str) -> Callable[..., Any]:
    def function(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, method)(*args, **kwargs)

    return function


def _with_self(make: Callable[[], Any], given: Callable[[], Call] | None) -> Callable[[], Call]:
    def arguments() -> Call:
        made = make()
        args, kwargs = given() if given else Call((), {})
        return Call((made, *args), kwargs)

    return arguments


# -- junk ------------------------------------------------------------------------------------------

JUNK = """
x(2, 3)
x(3, 2)
x(3, 3)
x(4)
x()
x(1)
x(0)
x(0, 3)
x(2, 3, 4)
x(2, 3, 6, 6)
x(1, 2, 4, 4, 4)
x(2, 3, dtype=np.float64)
x(2, 3, dtype=np.float16)
x(2, 3, grad=True)
x(4, dtype=np.float16, grad=True)
x(3, grad=True) * 2
x(3, 2).T
x(3).expand(2, 3)
x(4)[::2]
x(2, 3) * float('inf')
x(2, 3) / 0
classes(2, 3)
classes(4)
classes()
classes(3, 3).to(at.int32)
classes(2).to(at.uint8)
at.tensor([-5, 1000000])
at.tensor([-2**63, 2**63 - 1])
x(2, 3) > 0
at.tensor(True)
at.tensor([1, 200], dtype=at.uint8)
0
1
2
3
-1
-7
100
True
False
0.0
0.5
1.5
-2.5
1e30
1e-320
float('nan')
float('inf')
-float('inf')
2**31
2**62
-2**63
10**30
None
...
''
'mean'
'none'
'junk'
'zeros'
b'bytes'
(1, 2)
[0, 1]
(2,)
(1, 2, 3, 4, 5, 6, 7)
(-1, -1)
(0, 0)
(1.5, 2)
(2**62, 2**62)
(None, None)
('u', 'v')
[[1.0, 2.0], [3.0]]
[[1.0, 2.0]]
[]
()
[[], []]
{}
{'a': 1}
{'a': x(2)}
{1, 2}
[x(2, 3), x(2, 3)]
(x(2), 'u')
[None]
[x(2), 3]
np.ones((2, 3))
np.array(['a', 'b'])
np.array([1, None])
np.float32(2)
np.int64(2)
np.bool_(True)
np.float64(2.5)
object()
object
at.float32
at.int64
'float32'
np.dtype('U3')
at.device('cpu')
'cuda'
slice(0, 1)
slice(None, None, -1)
range(3)
(i for i in range(2))
lambda *given, **named: given[0]
lambda: None
len
print
np
at.Generator()
Linear(2, 3)
nn.Module()
nn.Module
nn.Parameter(x(2, 3))
TensorDataset(x(3, 2))
optimizer()
at.no_grad()
""".strip().splitlines()

POOL = [(text, compiled(text)) for text in JUNK]
TENSORS = [(text, give) for text, give in POOL if text.startswith(("x(", "classes(", "at.tensor"))]


class Attempt(NamedTuple):
    """A call to make, and what to say of it."""

    target: Target
    args: list[Any]
    kwargs: dict[str, Any]
    text: str


def parameters(function: Callable[..., Any]) -> list[str]:
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [one.name for one in found if one.kind in named]


def attempt(target: Target, draw: random.Random) -> Attempt:
    """A call that works but for one argument (or two), or one of junk alone."""

    def junk() -> tuple[str, Any]:
        text, give = draw.choice(TENSORS if draw.random() < 0.3 else POOL)
        return text, give()

    names = parameters(target.function)
    said: list[str] = []
    if target.valid and draw.random() < 0.75:
        number = draw.randrange(len(target.valid))
        given = target.valid[number]()
        args, kwargs = list(given.args), dict(given.kwargs)
        said.append(f"valid call {number}")
        places: list[Any] = [*range(target.kept, len(args)), *kwargs]
        for _ in range(draw.choice((1, 1, 1, 2))):
            extra = draw.random()
            if extra < 0.15 and names[len(args) :]:
                key = draw.choice(names[len(args) :])
                text, kwargs[key] = junk()
                said.append(f"{key}={text}")
            elif extra < 0.2:
                text, value = junk()
                args.append(value)
                said.append(f"one more, {text}")
            elif places:
                place = draw.choice(places)
                text, value = junk()
                if isinstance(place, int):
                    args[place] = value
                else:
                    kwargs[place] = value
                said.append(f"{place}={text}")
    else:
        first = target.valid[0]().args[: target.kept] if target.kept else ()
        args, kwargs = list(first), {}
        for _ in range(draw.choice((0, 1, 1, 2, 2, 3, 4))):
            text, value = junk()
            args.append(value)
            said.append(text)
        for key in names[len(args) :]:
            if draw.random() < 0.2:
                text, kwargs[key] = junk()
                said.append(f"{key}={text}")
    return Attempt(target, args, kwargs, f"{target.name}: {', '.join(said)}")


# -- what is demanded ------------------------------------------------------------------------------

REFUSALS = (ValueError, TypeError, IndexError, RuntimeError, NotImplementedError)

#: What else may come out, by the callable and what is said, and why.
ALSO = [
    (KeyError, r"Dict\.", "", "a mapping says so of a key that is not there"),
    (KeyError, r"^lr_scheduler|^swa_utils.SWALR", "initial_lr' is not specified", "as in PyTorch"),
    (KeyError, r"^nn\.", "already exists", "as in PyTorch, for a name that is taken"),
    (AttributeError, r"^nn|^utils|^param", "has no attribute|is not an? ", "as in PyTorch"),
    (AttributeError, r"^nn", "before Module.__init__", "as in PyTorch"),
    (OSError, r"load|save|data\.|training\.", "", "files that are not there"),
]

#: Which callables may have begun when they refuse, so that not all is as it was.
BEGUN = {
    "lazy": r"^nn\.Lazy",  # the first input gives it its parameters, before forward sees it
    "loop": r"^swa_utils.update_bn|^training|^utils.spectral_norm",  # the bad one came late
    "drawn": r"^nn\.|^transforms|^utils|^param",  # parts made, or pictures changed, before
}

#: Functions whose refusals another function words.
WORDED_BY = {
    "expandas": "expand", "packedsequence": "argsort", "reshapeas": "reshape",
    "invertpermutation": "argsort", "generatesquaresubsequentmask": "full",
    "div": "truedivide", "lambda": "sin", "rnn": "rnntanh", "rpow": "pow", "rsub": "sub",
    "rnnbase": "lstm", "view": "reshape", "viewas": "reshape",
}  # fmt: skip

NUMPYS = re.compile(
    r"operands could not|ufunc|setting an array element|cannot reshape array|object arrays"
    r"|inhomogeneous|not supported between instances|unsupported operand|has no len\(\)"
    r"|object is not (?:iterable|callable|subscriptable)|cannot be interpreted as an integer"
    r"|shape mismatch|could not broadcast|must be real number|could not convert"
)
PYTHONS = re.compile(
    r"unexpected keyword|required (?:positional|keyword)|positional arguments? but"
    r"|multiple values for|takes no (?:keyword )?arguments|takes no arguments"
    r"|dict expected|dictionary update"
)


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def names_of(attempt: Attempt) -> set[str]:
    """The words that name what was called: function, method, class, and what a layer consists of
    or computes with."""
    target = attempt.target
    words = set(re.findall(r"\w+", target.name.partition(".")[2]))
    operator = getattr(at, target.name.rpartition(".")[2].rstrip("_"), None)
    words |= {getattr(one, "__name__", "") for one in (target.function, operator)}
    if target.kept:
        own = attempt.args[0]
        words.update(re.findall(r"[A-Z]\w+", repr(own)))
        words.add(getattr(getattr(own, "_compute", None), "__name__", ""))
        for base in [*type(own).__mro__[:-1], *map(type, _parts_of(own))]:
            words.add(base.__name__)
            for function in vars(base).values():
                used = getattr(getattr(function, "__code__", None), "co_names", ())
                words.update(
                    name for name in used if callable(getattr(F, name, getattr(at, name, None)))
                )
    found = {plain(word) for word in words} - {""}
    return found | {WORDED_BY[word] for word in found & WORDED_BY.keys()}


def _parts_of(own: Any) -> list[nn.Module]:
    return list(own.modules()) if isinstance(own, nn.Module) else []


def facts(value: Any, depth: int = 0) -> Any:
    """What must be the same after a refusal."""
    if isinstance(value, at.Tensor):
        try:
            array = value.array
        except (RuntimeError, ValueError):  # without values as yet
            return "uninitialized"
        grad = value._grad
        state = (array.shape, str(array.dtype), array.tobytes(), value._requires_grad)
        return (*state, value._version, None if grad is None else grad.array.tobytes())
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tobytes() if value.dtype != object else ""
    if isinstance(value, nn.Module):
        own = [*value.named_parameters(), *value.named_buffers()]
        return [(name, facts(one)) for name, one in own]
    if depth < 3 and type(value) in (list, tuple):
        return [facts(one, depth + 1) for one in value]
    if depth < 3 and type(value) is dict:
        return [(key, facts(one, depth + 1)) for key, one in value.items()]
    return None


def world() -> dict[str, Any]:
    """What is set for the whole process."""
    return {
        "grad mode": at.is_grad_enabled(),
        "default dtype": at.get_default_dtype(),
        "threads": at.get_num_threads(),
        "print options": dict(printing._options),
        "NumPy's error state": np.geterr(),
        "random state": at.get_rng_state().tolist(),
        "anomaly mode": at.is_anomaly_enabled(),
    }


def mend(before: dict[str, Any]) -> None:
    """Sets what a call may rightly have changed as it was."""
    at.set_grad_enabled(before["grad mode"])
    at.set_default_dtype(before["default dtype"])
    at.set_num_threads(before["threads"])
    printing._options.update(before["print options"])
    np.seterr(**before["NumPy's error state"])
    at.set_detect_anomaly(before["anomaly mode"])


class Hung(BaseException):
    """A call took too long."""


def _ring(number: int, frame: Any) -> None:
    raise Hung


def _place(error: BaseException) -> str:
    """The line of the library where ``error`` came from."""
    frames = [
        one
        for one in traceback.extract_tb(error.__traceback__)
        if one.filename.startswith((f"{_ROOT}/autotensor", f"{_ROOT}/nn"))
    ]
    return f"{os.path.relpath(frames[-1].filename, _ROOT)}:{frames[-1].lineno}" if frames else "?"


def use(result: Any) -> None:
    """Asks for what comes only when it is asked for."""
    if isinstance(result, Iterator | types.GeneratorType):
        list(islice(result, 3))


def problem_with(one: Attempt) -> str | None:
    """What is wrong about how a call went; None if nothing."""
    before = facts([one.args, one.kwargs])
    settings = world()
    error: BaseException | None = None
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        called = False
        try:
            result = one.target.function(*one.args, **one.kwargs)
            called = True
            use(result)
        except BaseException as raised:
            error = raised
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    if isinstance(error, KeyboardInterrupt):
        raise error
    if isinstance(error, Hung) and LONG.search(one.target.name) and "2**" in one.text:
        return None
    after = world()
    mend(settings)
    # Arrays are taken as rules give them, with what NumPy says of them.
    tensors = not any(isinstance(one, np.ndarray) for one in [*one.args, *one.kwargs.values()])
    for warning in caught if tensors else ():
        name = one.target.name.rpartition(".")[2]
        ours = str(warning.message).startswith(f"{name}: ")
        if not ours and issubclass(warning.category, WARNINGS):
            return f"warning {warning.category.__name__}: {warning.message}"
    if error is None:
        return None
    said = f"{type(error).__name__} at {_place(error)}: {error}"
    allowed = any(
        isinstance(error, kind) and re.search(who, one.target.name) and re.search(words, said)
        for kind, who, words, _ in ALSO
    )
    if not isinstance(error, REFUSALS) and not allowed:
        return f"wrong kind of error, {said}"
    if not (PYTHONS.search(said) or allowed or called):
        if NUMPYS.search(str(error)[:40]) and " (called with " not in said:
            return f"not our message, {said}"
        if not {plain(word) for word in re.findall(r"\w+", str(error))} & names_of(one):
            return f"does not say who refuses, {said}"
    begun = {what for what, who in BEGUN.items() if re.search(who, one.target.name)}
    if not begun & {"lazy", "loop"} and facts([one.args, one.kwargs]) != before:
        return f"an argument changed, {said}"
    changed = {name for name, value in settings.items() if after[name] != value}
    # Not refused at the door, but where something else went wrong.
    late = " (called with " in said or re.search("at autotensor/(engine|array_likes)", said)
    if late or "drawn" in begun:
        changed -= {"random state"}
    return f"{' and '.join(sorted(changed))} changed, {said}" if changed else None


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """In an empty folder, with an alarm, and with a limit on memory."""
    here, handler = os.getcwd(), signal.signal(signal.SIGALRM, _ring)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
        gc.disable()
        try:
            yield
        finally:
            gc.enable()
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
            signal.signal(signal.SIGALRM, handler)
            os.chdir(here)


def call_all(
    chosen: list[Target], numbers: range, seed: int, report: Callable[[Attempt, str], None]
) -> None:
    """Makes the calls of these ``numbers``, and reports each that has a problem."""
    with guarded():
        for count, number in enumerate(numbers):
            if count % 100 == 0:
                gc.collect()  # only here: an alarm that rings in its callbacks would be lost
            at.manual_seed(number)
            turn, place = divmod(number, len(chosen))
            # Drawn by name, so that a new callable changes nothing for the others.
            draw = random.Random(f"{seed} {turn} {chosen[place].name}")
            one = attempt(chosen[place], draw)
            problem = problem_with(one)
            if problem is not None:
                report(one, problem)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=20000, help="how many calls")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="callables whose name has this word")


def main(options: argparse.Namespace) -> int:
    chosen = [one for one in targets() if options.only in one.name]
    found: Counter[str] = Counter()

    def report(one: Attempt, problem: str) -> None:
        found[one.target.name] += 1
        print(f"{one.text}\n    {problem[:300]}", file=sys.stderr)

    numbers = range(options.first, options.first + options.count)
    call_all(chosen, numbers, options.seed, report)
    print(f"{options.count} calls of {len(chosen)} callables, {found.total()} problems")
    return int(bool(found))
