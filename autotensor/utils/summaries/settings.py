"""Messages of settings and what came of them, for TensorBoard's page "HParams"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor
from autotensor.remedies import type_name
from autotensor.utils.event_files import content, double, integer
from autotensor.utils.summaries.reading import number_of
from autotensor.utils.summaries.values import metadata

__all__ = ["FAILURE", "SUCCESS", "domains_of", "ended", "experiment", "settings_of", "started"]

EXPERIMENT, START, END = (
    f"_hparams_/{name}" for name in ("experiment", "session_start_info", "session_end_info")
)
STRING, NUMBER = 1, 3
SUCCESS, FAILURE = 1, 2

Settings = Mapping[str, float | str]


def settings_of(given: Any, caller: str, argument: str) -> dict[str, float | str]:
    """Settings by name, as numbers and texts; bools are 1 and 0, and None is left out."""
    if not isinstance(given, Mapping):
        raise TypeError(f"{caller}: {argument} must be a dict, got {type_name(given)}")
    found: dict[str, float | str] = {}
    for name, value in given.items():
        if not isinstance(name, str):
            raise TypeError(f"{caller}: the names in {argument} must be str, got {name!r}")
        if value is None:
            continue
        if isinstance(value, str):
            found[name] = value
        elif isinstance(value, (bool, int, float, np.generic, np.ndarray, Tensor)):
            found[name] = number_of(value, caller, f"{argument}[{name!r}]")
        else:
            raise ValueError(
                f"{caller}: {argument}[{name!r}] must be a number, str, bool or None, got "
                f"{type_name(value)}; str({name}) would do"
            )
    return found


def domains_of(
    given: Mapping[str, Sequence[Any]] | None, settings: Settings, caller: str
) -> dict[str, list[float | str]]:
    """All values that some of the settings may have."""
    found = {}
    for name, domain in (given or {}).items():
        listed = isinstance(domain, (list, tuple))
        numbered = {str(at): one for at, one in enumerate(domain)} if listed else {}
        values = [*settings_of(numbered, caller, f"hparam_domain_discrete[{name!r}]").values()]
        text = isinstance(settings.get(name), str)
        if not listed or name not in settings or any(isinstance(v, str) != text for v in values):
            raise TypeError(
                f"{caller}: hparam_domain_discrete[{name!r}] must be a list of values of the kind "
                f"of hparam_dict[{name!r}], got {domain!r}"
            )
        found[name] = values
    return found


def _value(value: float | str) -> bytes:
    return content(3, value) if isinstance(value, str) else double(2, value)


def _info(data: bytes) -> bytes:
    return metadata("hparams", data)


def experiment(
    settings: Settings,
    domains: Mapping[str, Sequence[float | str]],
    metrics: Iterable[tuple[str, str]],
) -> tuple[str, bytes]:
    """Which settings there are, with the values they may take, and which metrics: a folder below
    the run's, or nothing, and a tag for each."""
    infos = b""
    for name, value in settings.items():
        info = content(1, name) + integer(4, STRING if isinstance(value, str) else NUMBER)
        if name in domains:
            info += content(5, b"".join(content(1, _value(one)) for one in domains[name]))
        infos += content(4, info)
    for group, tag in metrics:
        named = (content(1, group) if group else b"") + content(2, tag)
        infos += content(5, content(1, named))
    return EXPERIMENT, _info(content(2, infos))


def started(settings: Settings, moment: float | None = None) -> tuple[str, bytes]:
    """With which settings a run began."""
    entries = b"".join(
        content(1, content(1, name) + content(2, _value(value))) for name, value in settings.items()
    )
    return START, _info(content(3, entries + (b"" if moment is None else double(5, moment))))


def ended(status: int, moment: float | None = None) -> tuple[str, bytes]:
    """How it ended."""
    return END, _info(
        content(4, integer(1, status) + (b"" if moment is None else double(2, moment)))
    )
