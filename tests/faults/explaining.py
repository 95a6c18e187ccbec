"""Faults of what explains: the backward pass, anomalies, shapes that do not fit."""

from __future__ import annotations

from tests.faults import faults_in

FAULTS = [
    *faults_in(
        "autotensor/seeing/explaining.py",
        "tests/seeing/test_explaining.py",
        (
            "explain: gradients that meet are not added up",
            "self.pending[parent] = fits if previous is None else previous + fits",
            "self.pending[parent] = fits",
        ),
        (
            "explain: hooks on a node are called",
            'while hasattr(rule, "before") and hasattr(rule, "rule"):',
            "while False:",
        ),
        (
            "explain: hooks on a Module are called",
            'if hasattr(gate, "attend") and hasattr(gate, "positions"):',
            "if False:",
        ),
        (
            "explain: a value overwritten since is used",
            "touched(value, node.number):\n                raise",
            "False:\n                raise",
        ),
        (
            "explain: sums over broadcast dimensions leave out the first ones",
            "return (*range(extra), *stretched)",
            "return tuple(stretched)",
        ),
        (
            "explain: parameters count as memory that is kept",
            "sum(one.nbytes for one in kept if not one.is_parameter)",
            "sum(one.nbytes for one in kept)",
        ),
        (
            "explain: two parameters of one name look like one",
            "if alike[self.symbol(source.place, source.output)] > 1:",
            "if False:",
        ),
    ),
    *faults_in(
        "autotensor/seeing/numbers_in.py",
        "tests/seeing/test_explaining.py",
        (
            "explain: negative numbers stand without parentheses",
            'return f"({text})" if text.startswith("-") and not alone else text',
            "return text",
        ),
    ),
    *faults_in(
        "autotensor/seeing/telling.py",
        "tests/seeing/test_explaining.py",
        (
            "explain: colours although NO_COLOR is set",
            'if os.environ.get("NO_COLOR"):',
            "if False:",
        ),
        (
            "explain: signs that the terminal has not",
            "text = text.translate(_IN_ASCII)",
            "text = text",
        ),
    ),
    *faults_in(
        "autotensor/seeing/anomalies.py",
        "tests/seeing/test_anomalies.py",
        (
            "anomaly mode: an operator that hands on an infinity is a culprit",
            "elif any(_holds(value, np.isinf) for _, value in given):",
            "elif False:",
        ),
        (
            "anomaly mode: data that holds nan is no matter",
            "if is_bad is np.isnan or (value.node is None and value._requires_grad):",
            "if value.node is None and value._requires_grad:",
        ),
        (
            "anomaly mode: the rule that was given a nan is the culprit",
            "if came:",
            "if False:",
        ),
        (
            "anomaly mode: check_inf is forgotten",
            "self.inf = self.nan if check_inf is None else bool(check_inf)",
            "self.inf = self.nan",
        ),
        (
            "anomaly mode: an operator within a derivative is named for it",
            "if induced is not None:\n            raise",
            "if False:\n            raise",
        ),
    ),
    *faults_in(
        "autotensor/seeing/places.py",
        "tests/seeing/test_anomalies.py",
        (
            "anomaly mode: the library's own lines are shown",
            'if home.partition(".")[0] not in _OURS:',
            "if True:",
        ),
        (
            "anomaly mode: a graph keeps the Modules alive",
            'self._modules.append(weakref.ref(frame.f_locals["self"]))',
            'self._modules.append(lambda module=frame.f_locals["self"]: module)',
        ),
    ),
    *faults_in(
        "nn/insight/shapes.py",
        "tests/nn/test_shape_errors.py",
        (
            "errors about shapes: the oldest layers are shown",
            "calls.sort(reverse=True)",
            "calls.sort()",
        ),
        (
            "errors about shapes: only one branch is told",
            "reach(parent)",
            "reach(node.parents[0])",
        ),
        (
            "errors about shapes: the advice is the wrong way round",
            'f"Make it {kind}({got}, {out}), not',
            'f"Make it {kind}({wanted}, {out}), not',
        ),
        (
            "errors about shapes: the error cannot be pickled",
            "return str, ()",
            "return object.__reduce__(self)",
        ),
    ),
]
