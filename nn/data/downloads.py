"""Files from the network, as ``torchvision.datasets.utils`` names the calls."""

from __future__ import annotations

import os
from pathlib import Path

from autotensor.utils.downloads import download as download

__all__ = ["download", "download_url"]


def download_url(
    url: str,
    root: str | os.PathLike[str],
    filename: str | os.PathLike[str] | None = None,
    md5: str | None = None,
) -> None:
    """Fetches the file at ``url`` into the folder ``root``, unless it is there: torchvision's call.

    Args:
        url: by HTTP or HTTPS.
        root: a folder; made if needed.
        filename: its name there; that in ``url`` for None.
        md5: its checksum in hexadecimal digits.

    Raises:
        RuntimeError, ValueError, OSError: as for ``download``.
    """
    for argument, value in (("root", root), ("filename", filename or "")):
        if not isinstance(value, (str, os.PathLike)):
            kind = type(value).__name__
            raise TypeError(f"download_url: {argument} must be a path, got {kind}")
    folder = Path(root).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    download(url, folder / (filename or ""), md5=md5)
