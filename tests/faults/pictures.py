"""Faults of pictures: folders of them, modes of Pillow's, masks."""

from __future__ import annotations

from tests.faults import faults_in

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
]  # fmt: skip
