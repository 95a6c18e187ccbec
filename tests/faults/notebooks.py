"""Faults of what notebooks show."""

from __future__ import annotations

from tests.faults import Fault

TENSORS = "tests/seeing/test_tensor_pages.py"
NETS = "tests/seeing/test_nn_pages.py"
HTML = "tests/seeing/test_html.py"

FAULTS = [
    Fault(
        "notebooks: text is not escaped",
        "autotensor/seeing/html.py",
        "return Html(html.escape(_readable(content), quote=False))",
        "return Html(_readable(content))",
        HTML,
    ),
    Fault(
        "notebooks: rows of a picture less the pixel to the left are marked as they are",
        "autotensor/seeing/html.py",
        "np.insert(one, 0, number, axis=1)",
        "np.insert(one, 0, 0, axis=1)",
        HTML,
    ),
    Fault(
        "notebooks: NaN is drawn as the least number",
        "autotensor/seeing/pictures.py",
        "unknown = np.isnan(values)",
        "unknown = np.zeros(values.shape, bool)",
        TENSORS,
    ),
    Fault(
        "notebooks: the mean of a Tensor counts what is not finite",
        "autotensor/seeing/tensors.py",
        "finite = some[known]",
        "finite = some",
        TENSORS,
    ),
    Fault(
        "notebooks: a look at a loader draws random numbers",
        "nn/seeing/data.py",
        "take_to(states, found)",
        "pass",
        NETS,
    ),
    Fault(
        "notebooks: shared parameters are not marked",
        "nn/seeing/modules.py",
        'words.append(_mark(f"shared with {earlier}"))',
        "pass",
        NETS,
    ),
]
