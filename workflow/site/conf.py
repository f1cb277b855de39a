"""How Sphinx builds the site: the documents beside this file, and the pages that scripts/publish.py adds."""

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
FUNCTION, SPACE = "<mi>(?:log|ln|exp|lim|max|min)</mi>", '<mspace width="0.17em"/>'  # in MathML
LONGEST = 160  # characters of a description, of which a search engine shows no more

project = "Last Digit"
author = copyright = "The Last Digit contributors"
html_title = "Last Digit"
html_theme = "theme"
html_theme_path = ["."]
html_static_path = ["static"]
html_extra_path = ["../files"]  # beside the pages, or Sphinx would take a README there for a page
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_permalinks = False
html_last_updated_fmt = None  # the site is the same whenever it is built
html_math_renderer = "mathml"
root_doc = "documents"
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
        text = tex2mathml(formula.astext(), as_block=display)
    except MathError as error:
        LOGGER.warning("formula %r: %s", formula.astext(), error, location=formula)
        return ""
    # The name of a function stands apart from a factor before it, and from an argument without parentheses.
    text = re.sub(rf"(</m[in]>|\)</mo>)(\s*{FUNCTION})", rf"\1{SPACE}\2", text)
    return re.sub(rf"({FUNCTION}(?:\s*<mo>&ApplyFunction;</mo>)?)(\s*<m(?:i|n|sub|sup|frac)\b)", rf"\1{SPACE}\2", text)


def visit_inline(translator, node: nodes.math) -> None:
    translator.body.append(mathml(node, display=False))
    raise nodes.SkipNode


def visit_block(translator, node: nodes.math_block) -> None:
    translator.body.append(
        f'<div class="math" role="group" aria-label="formula" tabindex="0">{mathml(node, display=True)}</div>'
    )
    raise nodes.SkipNode


def make_accessible(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Let what is wider than the page scroll by itself, by keyboard too; describe the page by its first words."""
    if doctree is not None:
        paragraph = next(doctree.findall(nodes.paragraph), None)
        first = paragraph.astext().replace("\n", " ") if paragraph else page
        context["description"] = first if len(first) <= LONGEST else first[:LONGEST].rpartition(" ")[0] + " …"
        body = re.sub(r"<th\b[^>]*>\s*(<p>\s*</p>)?\s*</th>", "<td></td>", context["body"])  # heads nothing
        body = re.sub(r"<table\b", '<div class="scroll" role="group" aria-label="table" tabindex="0"><table', body)
        # A full stop or comma does not leave the formula before it.
        body = re.sub(r"(?s)(<math\b(?:(?!</math>).)*</math>[.,;:?!)]+)", r'<span class="whole">\1</span>', body)
        body = re.sub(r"<p>(-?[\d.]+e-\d+)</p>", r'<p class="digits">\1</p>', body)
        body = body.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')
        body = re.sub(
            r"<img\b[^>]*>",
            r'<div class="scroll picture" role="group" aria-label="figure" tabindex="0">\g<0></div>',
            body,
        )
        context["body"] = re.sub(r'(<summary\b[^>]*?) aria-label="[^"]*"', r"\1", body)  # it has a text


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("html-page-context", make_accessible)
