"""What shows things in notebooks: HTML in one look, pictures, curves, values of Tensors."""

from autotensor.seeing.calls import *
from autotensor.seeing.charts import *
from autotensor.seeing.drawing import *
from autotensor.seeing.html import *
from autotensor.seeing.pictures import *
from autotensor.seeing.tensors import *
