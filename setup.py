"""What pyproject.toml cannot say: a wheel carries the course, beside the command that runs it, and
the README that PyPI shows has no links into a repository that is not there."""

import re
import shutil
import tomllib
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


def readme() -> str:
    """README.md with its links to files of the repository made absolute, by the address that
    ``project.urls`` calls Source; where there is none, their words stay alone."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = project.get("urls", {}).get("Source", "").rstrip("/")
    link = re.compile(r"(!?)\[([^]]+)\]\((?!\w+:|#)([^)]+)\)")

    def replaced(found: re.Match[str]) -> str:
        image, words, file = found.groups()
        if source:
            return f"{image}[{words}]({source}/{'raw' if image else 'blob'}/main/{file})"
        return f"*{words}*" if image else words

    return link.sub(replaced, Path("README.md").read_text(encoding="utf-8"))


setup(
    cmdclass={"build_py": WithCourse},
    long_description=readme(),
    long_description_content_type="text/markdown",
)
