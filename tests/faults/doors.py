"""Faults of the doors, through which errors leave the library, and of what they found."""

from __future__ import annotations

from tests.faults import Fault

DOORS = "autotensor/doors.py"
TESTS = "tests/autotensor/test_doors.py"

FAULTS = [
    Fault(
        "doors: an AttributeError comes out",
        DOORS,
        "TypeError if isinstance(error, AttributeError) else RuntimeError",
        "type(error)",
        TESTS,
    ),
    Fault(
        "doors: a KeyError of the user's own function is called an accident",
        DOORS,
        'if home.partition(".")[0] not in _LIBRARIES:',
        "if not home:",
        TESTS,
    ),
    Fault(
        "doors: a name that is in the message is said twice",
        DOORS,
        "if prefix and isinstance(error, _KEPT) and not re.search(named, words, re.IGNORECASE):",
        "if prefix and isinstance(error, _KEPT):",
        TESTS,
    ),
    Fault(
        "doors: part of a longer name counts as the name",
        DOORS,
        'rf"(?<![a-z_]){',
        'rf"{',
        TESTS,
    ),
    Fault(
        "doors: what was given by keyword is not told",
        DOORS,
        '*(f"{key} {_brief(value)}" for key, value in more.items())',
        "",
        TESTS,
    ),
    Fault(
        "doors: self is told as an argument",
        DOORS,
        "raise explained(error, title, args[is_method:], kwargs)",
        "raise explained(error, title, args, kwargs)",
        TESTS,
    ),
    Fault(
        "doors: a constructor says __init__ for its class",
        DOORS,
        "title = type(args[0]).__name__ if is_method and args else name",
        "title = name",
        TESTS,
    ),
    Fault(
        "loss: a warning points into the library",
        "autotensor/operators/networks/losses/targets.py",
        "stacklevel=4",
        "stacklevel=3",
        TESTS,
    ),
    Fault("doors: the cause is lost", DOORS, "better.__cause__ = error", "pass", TESTS),
    Fault(
        "doors: Python's words about arguments become an accident",
        DOORS,
        'or (trace.tb_next is None and "() " in words):',
        "or False:",
        TESTS,
    ),
    Fault(
        "doors: the truth value of a Tensor is said without the function",
        DOORS,
        'home.startswith(_OURS) and home != "autotensor.engine.tensor"',
        "home.startswith(_OURS)",
        TESTS,
    ),
    Fault(
        "doors: a function has two of them, so that pickle does not find it",
        DOORS,
        "home = vars(sys.modules[found.__module__])",
        "home = shown",
        TESTS,
    ),
    Fault(
        "doors: an operator of the engine has two of them, so that pickle does not find it",
        DOORS,
        "door.__module__ = package  # where pickle finds it",
        "pass",
        TESTS,
    ),
    Fault(
        "Module: an error inside forward does not say which layer",
        "nn/module.py",
        "error = explained(error, name, args, kwargs, prefix=False)",
        "pass",
        TESTS,
    ),
    Fault(
        "operators: a number too large for the dtype is an OverflowError",
        "autotensor/engine/operator.py",
        "            except Exception as error:\n                return settled",
        "            except (TypeError, ValueError) as error:\n                return settled",
        TESTS,
    ),
    Fault(
        "ParameterList: one longer after an append that was refused",
        "nn/containers.py",
        "        setattr(self, str(self._size), _as_parameter(value))\n        self._size += 1\n",
        "        self._size += 1\n"
        "        setattr(self, str(self._size - 1), _as_parameter(value))\n",
        TESTS,
    ),
    Fault(
        "BatchNorm: a batch that is refused counts",
        "nn/layers/normalization.py",
        "        momentum = self.momentum if counts else 0.0\n",
        "        momentum = self.momentum if counts else 0.0\n"
        "        counts and self.num_batches_tracked.add_(1)\n",
        TESTS,
    ),
    Fault(
        "batch_norm: NumPy warns of infinite input",
        "autotensor/operators/networks/normalization.py",
        "silent().run(normalized, raw(input), w, b, dims, eps)",
        "normalized(raw(input), w, b, dims, eps)",
        TESTS,
    ),
    Fault(
        "weight_norm: an impossible dim is counted from the end, and again",
        "nn/utils/parametrizations.py",
        '    need_dim("weight_norm", dim, v)\n',
        "",
        TESTS,
    ),
    Fault(
        "what a layer has lost is said to be the fault of what it is called with",
        "autotensor/doors.py",
        'trace.tb_frame.f_locals.get("self") is at_fault',
        "False",
        "tests/nn/test_module.py",
    ),
    Fault(
        "a Module takes the place of a parameter",
        "nn/module.py",
        "            if self._kinds.get(name) == PARAMETER:\n",
        "            if False:\n",
        "tests/nn/test_module.py",
    ),
    Fault(
        "spectral_norm: the weight is gone although it was refused",
        "nn/utils/hooked.py",
        "        matrix = formulas.as_matrix(weight.detach(), self.dim)\n"
        "        delattr(module, self.name)\n",
        "        delattr(module, self.name)\n"
        "        matrix = formulas.as_matrix(weight.detach(), self.dim)\n",
        TESTS,
    ),
    Fault(
        "dropout: random numbers are drawn although inplace is refused",
        "autotensor/operators/networks/dropouts.py",
        "array, inplace = raw(input), bool(inplace)",
        "array = raw(input)",
        TESTS,
    ),
    Fault(
        "linalg: the matrix is called input",
        "autotensor/operators/arguments.py",
        'argument = "A" if name.startswith("linalg.") and argument == "input" else argument',
        "pass",
        TESTS,
    ),
]
