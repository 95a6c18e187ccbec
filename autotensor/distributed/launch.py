"""``python -m autotensor.distributed.launch``: as ``run``, for scripts of the time before it, which
read their number on the machine from ``--local-rank``; not with ``--use-env``.
"""

from __future__ import annotations

from autotensor.distributed.run import main

__all__: list[str] = []

if __name__ == "__main__":
    main(program="autotensor.distributed.launch")
