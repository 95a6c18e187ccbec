"""What scripts ask of ``torch.onnx``: models cannot be exported."""

from __future__ import annotations

from typing import Any, NoReturn

from autotensor.importing import list_public

__all__ = ["export", "is_in_onnx_export"]


def export(model: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises NotImplementedError: there is no graph of a whole program to write.

    Example:

        >>> at.onnx.export(nn.Linear(2, 1), at.ones(1, 2), "model.onnx")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        NotImplementedError: onnx.export: models cannot be exported; delete ...
    """
    raise NotImplementedError(
        "onnx.export: models cannot be exported; delete this line, or write the weights: "
        "autotensor.save(model.state_dict(), path)"
    )


def is_in_onnx_export() -> bool:
    """False."""
    return False


list_public(__name__)
