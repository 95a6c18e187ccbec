"""The course: its programs listed, run and copied by ``python -m autotensor.examples``.

The programs stand in the folder ``examples`` of the repository, in chapters, and are installed
beside this file.  What they share is here: ``options`` reads their command line, ``drawing`` draws.
"""

from autotensor.examples import drawing as drawing
from autotensor.examples.options import options as options

__all__ = ["drawing", "options"]
