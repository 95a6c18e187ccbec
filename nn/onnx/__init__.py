"""Models as ONNX files, which other programs run: ``export(model, example, "model.onnx")``."""

from typing import TYPE_CHECKING

from autotensor.extend import published
from nn.onnx.exporting import export as export
from nn.onnx.exporting import is_in_onnx_export as is_in_onnx_export

if not TYPE_CHECKING:
    __all__ = published(__name__, ["export", "is_in_onnx_export"])
