"""What scripts ask of ``torch.hub``: files are fetched, code of others is not.

``nn.data.download`` fetches files as well, and takes more settings.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from autotensor.importing import list_public
from autotensor.serialization import load as load_file
from autotensor.utils.downloads import Terms, checked_by, download, fetch, read_url

__all__ = ["download_url_to_file", "get_dir", "load", "load_state_dict_from_url", "set_dir"]

_folder: list[Path] = []
"""What ``set_dir`` has set, if anything."""


def get_dir() -> str:
    """Where ``load_state_dict_from_url`` keeps files, in the folder ``checkpoints``: what
    ``set_dir`` has set, else ``~/.cache/autotensor/hub`` (or under ``XDG_CACHE_HOME``).

    Example:

        >>> import os
        >>> os.path.isabs(at.hub.get_dir())
        True
    """
    if _folder:
        return str(_folder[-1])
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return str(Path(cache).expanduser() / "autotensor" / "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """What ``get_dir`` gives from now on.

    Example:

        >>> at.hub.set_dir("weights")  # doctest: +SKIP
    """
    if not isinstance(d, (str, os.PathLike)):
        raise TypeError(f"hub.set_dir: d must be a path, got {type(d).__name__}")
    _folder[:] = [Path(d).expanduser()]


def download_url_to_file(
    url: str, dst: str | os.PathLike[str], hash_prefix: str | None = None, progress: bool = True
) -> None:
    """Fetches the file at ``url`` to ``dst``, also where there is one already.

    Args:
        url: by HTTP or HTTPS.
        dst: path of the file.
        hash_prefix: the first hexadecimal digits of its SHA-256, or all of them.
        progress: show a bar, on a terminal.

    Raises:
        RuntimeError: it could not be fetched, or its checksum is another; ``dst`` is as it was.
        ValueError: ``url`` is not one.

    Example:

        >>> url = "https://example.org/lenet-5c106cde.npz"
        >>> at.hub.download_url_to_file(url, "lenet.npz", "5c106cde")  # doctest: +SKIP
    """
    check = checked_by(sha256=None if hash_prefix is None else f"{hash_prefix}*")
    fetch([read_url(url)], Path(dst).expanduser(), Terms(check, True, progress=progress))


def load_state_dict_from_url(
    url: str,
    model_dir: str | os.PathLike[str] | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> Any:
    """``autotensor.load`` of a file that is fetched once, and kept.

    Files of PyTorch's are read as well, and those of safetensors and NumPy.

    Args:
        url: by HTTP or HTTPS.
        model_dir: the folder to keep it in; ``get_dir()/checkpoints`` for None.
        map_location, weights_only: as for ``load``.
        progress: show a bar, on a terminal.
        check_hash: the name of the file has the first digits of its SHA-256 in it, eight or more:
            ``name-5c106cde.ext``.
        file_name: its name in the folder; that in ``url`` for None.

    Raises:
        RuntimeError: it could not be fetched.
        ValueError: it is no file that ``load`` reads, or ``check_hash`` finds no digits.

    Example:

        >>> url = "https://example.org/lenet-5c106cde.npz"
        >>> weights = at.hub.load_state_dict_from_url(url, check_hash=True)  # doctest: +SKIP
        >>> model.load_state_dict(weights)  # doctest: +SKIP
    """
    folder = Path(get_dir()) / "checkpoints" if model_dir is None else Path(model_dir).expanduser()
    name = unquote(urlsplit(read_url(url)).path.rpartition("/")[2])
    found = re.search(r"-([a-f0-9]{8,64})\.", file_name or name)
    if check_hash and not found:
        raise ValueError(
            f"hub.load_state_dict_from_url: check_hash looks for the first digits of a SHA-256 in "
            f"{file_name or name!r}, as in name-5c106cde.ext"
        )
    target = os.path.join(folder, file_name or "")
    digits = f"{found[1]}*" if check_hash and found else None
    path = download(url, target, sha256=digits, progress=progress)
    return load_file(path, map_location, weights_only=weights_only)


def load(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises RuntimeError: no code of others is fetched and run.

    Example:

        >>> at.hub.load("pytorch/vision", "resnet18")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        RuntimeError: hub.load: ready models are left out: build the model ...
    """
    raise RuntimeError(
        "hub.load: ready models are left out: build the model here, and fill it by load_state_dict "
        "from a file of weights, also of PyTorch's; load_state_dict_from_url fetches one"
    )


list_public(__name__)
