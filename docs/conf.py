"""Sphinx: MyST Markdown pages, furo's look. `make docs` treats warnings as errors."""

import wzsim

project = "wzsim"
author = "The wzsim contributors"
release = version = wzsim.__version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"wzsim {release}"
