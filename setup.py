"""What pyproject.toml cannot say: a wheel carries the course, beside the command that runs it."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithCourse(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:  # which finds it where it is
            target = Path(self.build_lib, "autotensor", "examples", "chapters")
            unwanted = shutil.ignore_patterns("pictures", "out", "__pycache__")
            shutil.copytree("examples", target, ignore=unwanted, dirs_exist_ok=True)


setup(cmdclass={"build_py": WithCourse})
