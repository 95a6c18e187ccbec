"""Faults of pictures: folders of them, modes of Pillow's, masks."""

from __future__ import annotations

from tests.faults import faults_in

PICTURES = "tests/nn/test_pictures.py"

FAULTS = [
    *faults_in(
        "nn/data/folder.py",
        "tests/nn/test_image_folder.py",
        (
            "load_image: a device is read as if it were a file",
            "if not stat.S_ISREG(mode):",
            "if stat.S_ISDIR(mode):",
        ),
        (
            "DatasetFolder: what is no file is given to the loader",
            "        _need_file(path)  # a loader would wait for a pipe for ever\n",
            "",
        ),
        (
            "load_image: 32-bit integers lose their lower 8 bits",
            'and (picture.mode != "I" or kind in ("PNG", "PPM"))',
            'and True',
        ),
        (
            "load_image: 32-bit values are cut off at 255",
            "elif not (values.min() >= 0 and values.max() <= 255):",
            "elif False:",
        ),
        (
            "load_image: floating-point white is a black of 1",
            "np.rint(values * 255 if values.max() <= 1 else values)",
            "np.rint(values)",
        ),
        (
            "load_image: a broken EXIF part spoils the picture",
            "    except Exception:  # whatever Pillow stumbles over in there\n        return file",
            "    except KeyError:\n        return file",
        ),
        (
            "DatasetFolder: a folder that cannot be listed is passed over",
            "followlinks=True, onerror=stop",
            "followlinks=True",
        ),
        (
            "DatasetFolder: files in the order of a walk",
            "for place, names in sorted(found) for name",
            "for place, names in found for name",
        ),
        (
            "DatasetFolder: capitals in endings count",
            "path.lower().endswith(endings)",
            "path.endswith(endings)",
        ),
    ),
    *faults_in(
        "nn/data/transforms/pillow.py",
        PICTURES,
        (
            "transforms: places in a palette with alpha are mixed",
            'mode = "nearest" if img.mode == "PA" else mode',
            "mode = str(mode)",
        ),
        (
            "transforms: a palette is lost",
            'if img.mode in ("P", "PA") and img.palette is not None:',
            "if False:",
        ),
    ),
    *faults_in(
        "nn/data/transforms/warping.py",
        PICTURES,
        (
            "RandomRotation: halfway between two pixels is the even one",
            "np.floor(one + half).astype(np.intp)",
            "np.rint(one).astype(np.intp)",
        ),
    ),
    *faults_in(
        "nn/data/transforms/geometry.py",
        PICTURES,
        (
            "RandomRotation: a quarter turn with room has a row too many",
            "if min(sine, cosine) < 1e-9:",
            "if False:",
        ),
        (
            "FiveCrop: upper right and lower left change places",
            "((0, 0), (0, right), (down, 0), (down, right))",
            "((0, 0), (down, 0), (0, right), (down, right))",
        ),
    ),
    *faults_in(
        "nn/data/transforms/colour.py",
        PICTURES,
        (
            "Grayscale: the second channel alone is grey",
            'grey = img.convert("L")',
            "grey = img.getchannel(img.getbands()[-1])",
        ),
    ),
    *faults_in(
        "nn/data/transforms/masks.py",
        PICTURES,
        (
            "WithMask: the mask draws for itself",
            "        generator.state = before\n",
            "",
        ),
        (
            "WithMask: classes are mixed",
            'settings = {"interpolation": way, "fill": self.mask_fill}',
            'settings = {"fill": self.mask_fill}',
        ),
        (
            "ClassNumbers: the ignored number is refused",
            "wrong &= numbers != self.ignore_index",
            "pass",
        ),
    ),
    *faults_in(
        "nn/data/transforms/tones.py",
        PICTURES,
        (
            "RandomSolarize: the threshold itself stays",
            "np.where(array >= self.threshold",
            "np.where(array > self.threshold",
        ),
        (
            "RandomEqualize: half a step is forgotten",
            "(below + step // 2) // step",
            "below // step",
        ),
        (
            "RandomAdjustSharpness: the middle counts as much as its neighbours",
            "inner[:] = 4 * values",
            "inner[:] = 0 * values",
        ),
    ),
]  # fmt: skip
