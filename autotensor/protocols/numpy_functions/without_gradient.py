"""NumPy's functions that have no derivative, and those that no gradient passes here."""

from __future__ import annotations

from autotensor.protocols.numpy_functions.declaring import facts, refused

__all__: list[str] = []

facts(
    "it says what an array is",
    """
    array2string array_repr array_str can_cast common_type iscomplexobj isrealobj may_share_memory
    min_scalar_type ndim result_type shape shares_memory size
""",
)
facts(
    "its values do not depend on those of the argument",
    """
    diag_indices_from empty_like imag ones_like tril_indices_from triu_indices_from zeros_like
""",
)
facts(
    "its values are True and False",
    """
    all allclose any array_equal array_equiv isclose iscomplex isin isneginf isposinf isreal
""",
)
facts(
    "its values are places or counts",
    """
    argmax argmin argpartition argsort argwhere count_nonzero digitize flatnonzero
    histogram_bin_edges histogram2d histogramdd ix_ lexsort linalg.matrix_rank nanargmax nanargmin
    nonzero searchsorted einsum_path
""",
)
facts(
    "it is for integers",
    """
    packbits ravel_multi_index unpackbits unravel_index
""",
)

refused(
    "its values are complex; use autotensor.linalg.eigh for symmetric matrices, or "
    "x.detach().numpy()",
    "linalg.eig linalg.eigvals",
)
refused(
    "its values are complex; use x.detach().numpy()",
    """
    emath.arccos emath.arcsin emath.arctanh emath.log emath.log10 emath.log2 emath.logn emath.power
    emath.sqrt roots sort_complex
""",
)
refused(
    "a Fourier transform is complex; use x.detach().numpy()",
    """
    fft.fft fft.fft2 fft.fftn fft.hfft fft.ifft fft.ifft2 fft.ifftn
    fft.ihfft fft.irfft fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftn
""",
)
refused(
    "a file holds values only: use x.detach(), or autotensor.save",
    "save savetxt savez savez_compressed",
)
refused(
    "it is for dates",
    """
    busday_count busday_offset datetime_as_string is_busday
""",
)
