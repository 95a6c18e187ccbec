"""Makes the bundled part of MNIST from the full files.

    python -m tests.nn.make_mnist_subset FOLDER_WITH_THE_FULL_FILES FOLDER_TO_WRITE_TO

The content is the same on every machine; the ``.gz`` bytes may depend on the version of zlib.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

from nn.data.idx import read_known
from nn.data.mnist import TEST, TRAIN


def make_subset(source: Path, target: Path) -> dict[str, str]:
    """Writes the first 4,000 training and 1,000 test samples; returns name -> SHA-256."""
    target.mkdir(parents=True, exist_ok=True)
    checksums = {}
    for files, count in ((TRAIN, 4000), (TEST, 1000)):
        for file in files:
            array = read_known(source / file.packed, file)[:count]
            header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            content = header + array.tobytes()
            # Without a time stamp, the same content gives the same file.
            compressed = gzip.compress(content, compresslevel=9, mtime=0)
            (target / f"{file.name}.gz").write_bytes(compressed)
            checksums[file.name] = hashlib.sha256(content).hexdigest()
    return checksums


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for name, checksum in make_subset(Path(sys.argv[1]), Path(sys.argv[2])).items():
        print(checksum, name)
