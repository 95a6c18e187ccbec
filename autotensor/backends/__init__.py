"""What scripts ask of ``torch.backends``: which libraries are there, and their switches.

NumPy computes with its own, so none of these is; a switch can be set and read, and changes nothing.
"""

from typing import TYPE_CHECKING

from autotensor.importing import on_demand as _on_demand

if TYPE_CHECKING:
    from autotensor.backends import cpu as cpu
    from autotensor.backends import cuda as cuda
    from autotensor.backends import cudnn as cudnn
    from autotensor.backends import mha as mha
    from autotensor.backends import mkl as mkl
    from autotensor.backends import mkldnn as mkldnn
    from autotensor.backends import mps as mps
    from autotensor.backends import openmp as openmp
    from autotensor.backends import opt_einsum as opt_einsum
else:
    __getattr__, __dir__ = _on_demand(
        __name__, "cpu", "cuda", "cudnn", "mha", "mkl", "mkldnn", "mps", "openmp", "opt_einsum"
    )
