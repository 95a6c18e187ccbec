"""Networks as scikit-learn's estimators: ``from nn.sklearn import Classifier, Regressor``.

They need the package scikit-learn, which is loaded when one of them is first asked for:
``pip install 'autotensor[sklearn]'``.
"""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand, published

if TYPE_CHECKING:
    from nn.sklearn.classifier import *
    from nn.sklearn.regressor import *
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        names={"nn.sklearn.classifier": "Classifier", "nn.sklearn.regressor": "Regressor"},
    )
    __all__ = published(__name__)
