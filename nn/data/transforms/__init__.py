"""Preparing and augmenting pictures, with torchvision's names.

What is called a picture is a ``PIL.Image.Image``, or a Tensor ``(C, H, W)``: uint8 from 0 to 255,
or floating-point, with colours from 0 to 1.  What comes out is of the same kind.  Pillow's pictures
keep their mode and palette, and are changed as torchvision changes them;
``docs/tables/pictures.md`` says where not.  Masks of
segmentations: ``ClassNumbers`` and ``WithMask``.

**Whole batches.** Everything here also takes Tensors with more dimensions in front,
``(N, C, H, W)``, and a random change is then drawn *for every picture by itself* (torchvision draws
one for all).  So an augmentation costs a few array operations for a batch::

    augment = transforms.Compose([
        transforms.RandomCrop(28, padding=2),
        transforms.RandomErasing(p=0.3),
    ])
    train_set = MNIST(transform=augment)  # is called on batches (N, 1, 28, 28)

**Randomness** comes from ``nn.data.sample_generator()``: the same seed gives the same pictures, for
any number of a DataLoader's workers.

No derivative goes through: a Tensor that requires grad is refused.
"""

from autotensor.extend import published
from nn.data.transforms.base import *
from nn.data.transforms.colour import *
from nn.data.transforms.combining import *
from nn.data.transforms.conversion import *
from nn.data.transforms.distorting import *
from nn.data.transforms.geometry import *
from nn.data.transforms.masks import *
from nn.data.transforms.mixing import *
from nn.data.transforms.tones import *
from nn.data.transforms.warping import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = published(__name__)
