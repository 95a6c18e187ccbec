"""NumPy's functions that have no derivative, and those that no gradient passes here."""

from __future__ import annotations

from autotensor.protocols.numpy_functions.declaring import facts, refused

__all__: list[str] = []

for _why, _names in {
    "it says what an array is": (
        "array2string array_repr array_str can_cast common_type iscomplexobj isrealobj "
        "may_share_memory min_scalar_type ndim result_type shape shares_memory size"
    ),
    "its values do not depend on those of the argument": (
        "diag_indices_from empty_like imag ones_like tril_indices_from triu_indices_from zeros_like"
    ),
    "its values are True and False": (
        "all allclose any array_equal array_equiv in1d isclose iscomplex isin isneginf isposinf "
        "isreal"
    ),
    "its values are places or counts": (
        "argmax argmin argpartition argsort argwhere count_nonzero digitize einsum_path "
        "flatnonzero lexsort linalg.matrix_rank nanargmax nanargmin nonzero searchsorted"
    ),
    "it is for integers": "packbits ravel_multi_index unpackbits unravel_index",
}.items():
    facts(_why, _names)

for _why, _names in {
    "its values are complex; use autotensor.linalg.eigh for symmetric matrices, or "
    "x.detach().numpy()": "linalg.eig linalg.eigvals",
    "its values are complex; use x.detach().numpy()": "roots sort_complex",
    "a Fourier transform is complex; use x.detach().numpy()": (
        "fft.fft fft.fft2 fft.fftn fft.hfft fft.ifft fft.ifft2 fft.ifftn "
        "fft.ihfft fft.irfft fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftn"
    ),
    "a file holds values only; use x.detach(), or autotensor.save": (
        "save savetxt savez savez_compressed"
    ),
    "only np.histogram has a derivative, by its weights; use x.detach()": "histogram2d histogramdd",
    "it is for dates": "busday_count busday_offset datetime_as_string is_busday",
}.items():
    refused(_why, _names)
