"""How Sphinx builds the documentation."""

import corewise  # noqa: F401  the API pages need the installed package

project = "corewise"
author = "The corewise developers"
copyright = "2026, The corewise developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "attrs_inline", "attrs_block"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "corewise"
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
