"""How Sphinx builds the site from the pages that scripts/publish.py lays out beside this file."""

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)

project = "Last Digit"
author = copyright = "The Last Digit contributors"
html_title = "Last Digit"
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["last-digit.css"]
html_extra_path = ["../files"]  # beside the pages, or Sphinx would take a README there for a page
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None  # the site is the same whenever it is built
html_math_renderer = "mathml"
extensions = ["myst_nb"]
myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline", "attrs_block"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the pipeline has executed the documents
nb_render_markdown_format = "myst"  # tables and formulas in the output of a cell too
nb_mime_priority_overrides = [("html", "text/markdown", 0)]
suppress_warnings = ["mystnb.unknown_mime_type"]


def mathml(formula: nodes.math | nodes.math_block, display: bool) -> str:
    """A formula as MathML, which browsers draw themselves: no script, and no request to anywhere."""
    try:
        return tex2mathml(formula.astext(), as_block=display)
    except MathError as error:
        LOGGER.warning("formula %r: %s", formula.astext(), error, location=formula)
        return ""


def visit_inline(translator, node: nodes.math) -> None:
    translator.body.append(mathml(node, display=False))
    raise nodes.SkipNode


def visit_block(translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{mathml(node, display=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
