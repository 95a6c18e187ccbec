"""How the documentation is built: `python -m sphinx -W --keep-going docs site`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "extensions"), str(HERE.parent)]
# For the processes that run the code of pages: this tree, how pictures look, and one thread each,
# because several pages run at once.
os.environ["PYTHONPATH"] = f"{HERE.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
os.environ["MATPLOTLIBRC"] = str(HERE / "extensions" / "matplotlibrc")
os.environ.setdefault("AUTOTENSOR_NUM_THREADS", "1")
# A page shows no bars: they are for who waits.
os.environ["TQDM_DISABLE"] = "1"

import jupyter_client  # noqa: E402

import autotensor  # noqa: E402  # from this tree

# Or each kernel warns that others on this machine could listen.
if hasattr(jupyter_client.KernelManager, "transport_encryption"):
    jupyter_client.KernelManager.transport_encryption.default_value = "auto"

project = "autotensor"
author = "The autotensor authors"
project_copyright = author
release = version = autotensor.__version__

extensions = [
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
    "mathematics",
    "repository",
    "rules",
    "api.directive",
]
exclude_patterns = ["README.md", "extensions", "**/__pycache__"]
nitpicky = True
suppress_warnings = ["misc.highlighting_failure"]  # messages of errors are no language
nitpick_ignore_regex = [("py:.*", r"(?!(autotensor|nn)\.).*")]  # NumPy's names, and Python's

python_use_unqualified_type_names = True
maximum_signature_line_length = 110
toc_object_entries = False  # Furo copies the contents of all pages for each page

# Markdown, and the code on its pages: all of it runs whenever a page is built.
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_output_stderr = "warn"  # a page that warns does not build; the tag remove-stderr is for the rest
nb_number_source_lines = False
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_render_markdown_format = "myst"  # tables that a page makes
copybutton_prompt_text = ">>> "
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
html_title = f"autotensor {release}"
html_static_path = ["static"]
html_css_files = ["house.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "monokai"
