"""The site in a real browser, opened from its files as a reader would."""

import csv
import functools
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from html.parser import HTMLParser
from itertools import islice
from operator import add
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import gmpy2
import numpy
import pytest
from conftest import Pipeline, from_yaml
from known import CLAIMS, PROJECT, ROOT, RUNNABLE, SOURCES
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import publish
from lastdigit import comparison
from lastdigit.arithmetic import Array, Portable, fused_multiply_add
from lastdigit.files import InputError
from lastdigit.network import Network
from lastdigit.observations import observe_state
from lastdigit.printed import Digits, Print, print_numbers
from lastdigit.site_drawing import rounding_line
from lastdigit.verdicts import certified_values

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = ROOT / "tests/vendor/axe-core/axe.min.js"

# A browser is no Python package, so requirements.lock cannot bring one. `.ci/run` installs it, and must have it.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(
        BROWSER is None and not os.environ.get("CI"),
        reason="no Chromium here: the pages were not opened in a browser (install chromium to have that tested)",
    ),
]

WIDTHS = {"phone": 375, "desktop": 1280}
SHEET = 680  # pixels between the margins of A4


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # The flags keep the browser from calling its maker; only what a page asks for is then left to be seen.
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
        opened = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu", *quiet])
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": WIDTHS["desktop"], "height": 900})
    yield made
    made.close()


@pytest.fixture
def site(pipeline: Pipeline) -> Path:
    folder = pipeline.folder / "results/site"
    assert (folder / "index.html").exists()
    return folder


@functools.cache
def pages(site: Path) -> list[Path]:
    found = sorted(path for path in site.rglob("*.html"))
    assert len(found) > sum(len(source.claims) for source in SOURCES.values())
    return found


class Watched:
    """A page, with all that it complained of and asked for from elsewhere."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._note(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("request", lambda request: self._requested(request.url))

    def _note(self, complaint: str) -> None:
        self.complaints.append(f"{Path(self.page.url).name}: {complaint}")

    def _requested(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            self._note(f"asks for {url}")

    def open(self, path: Path, rest: str = "") -> Page:
        self.page.goto(path.as_uri() + rest, wait_until="load")
        return self.page


AUDIT = """async rules => (await axe.run(document, {resultTypes: ["violations"], preload: false, ...rules})).violations
    .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.failureSummary}`))"""
# What a theme changes is colours, so that one theme is enough for the other rules.
RULES: dict[str, dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
LOOK = """() => {
    const isHidden = e => e.closest('.hidden, .skip, [hidden], details:not([open]) > :not(summary)');
    const spills = e => e.clientWidth && e.scrollWidth > e.clientWidth + 2
        && !e.closest('.scroll, .math, math, svg, tbody') && getComputedStyle(e).overflowX === 'visible';
    const leaves = t => {
        const [text, drawing] = [t.getBoundingClientRect(), t.ownerSVGElement.getBoundingClientRect()];
        return text.left < drawing.left - 1 || text.right > drawing.right + 1
            || text.top < drawing.top - 1 || text.bottom > drawing.bottom + 1;
    };
    const texts = (selector, isBad) => [...document.querySelectorAll(selector)]
        .filter(e => !isHidden(e) && isBad(e)).map(e => `${e.tagName} ${e.textContent.trim().slice(0, 40)}`);
    return {
        wide: document.documentElement.scrollWidth > innerWidth,
        headings: document.querySelectorAll("h1").length,
        broken: [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src),
        bare: [...document.images].filter(i => !i.alt || i.alt.includes(".png")).map(i => i.src),
        spilt: texts('body *', spills),
        cut: texts('svg text', leaves),
        described: (document.querySelector("meta[name=description]")?.content ?? "").length > 20,
    };
}"""
GOOD = {"wide": False, "headings": 1, "broken": [], "bare": [], "spilt": [], "cut": [], "described": True}


def test_every_page_is_quiet_and_accessible_in_all_widths_and_themes(context: BrowserContext, site: Path):
    """No complaint or request, nothing wider than its place or the page, one heading, and nothing that axe-core finds.

    On paper, too, nothing is wider than the sheet.
    """
    context.add_init_script(path=AXE)
    watched, wrong = Watched(context), []
    for path in pages(site):
        page = watched.open(path)
        for where, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            for scheme, rules in RULES.items():
                page.emulate_media(color_scheme=scheme)
                found: list[str] = page.evaluate(AUDIT, rules)
                wrong += [f"{path.relative_to(site)}, {where}, {scheme}: {one}" for one in found]
            if (seen := page.evaluate(LOOK)) != GOOD:
                wrong.append(f"{path.relative_to(site)}, {where}: {seen}")
        page.set_viewport_size({"width": SHEET, "height": 900})
        page.emulate_media(media="print")
        if (seen := page.evaluate(LOOK)) != GOOD:
            wrong.append(f"{path.relative_to(site)}, on paper: {seen}")
        page.emulate_media(media="screen")
    assert watched.complaints == []
    assert wrong == []


def test_a_comparison_is_accessible(context: BrowserContext, site: Path):
    context.add_init_script(path=AXE)
    page = Watched(context).open(site / "compare.html", "?claim=trask-notebook/three-layer-error-log")
    page.get_by_role("button", name="Example: in single precision").click()
    page.locator("#result").wait_for()
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in RULES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(AUDIT, {}) == []
        assert not page.evaluate(LOOK)["wide"]


def test_axe_finds_what_is_wrong(context: BrowserContext, tmp_path: Path):
    context.add_init_script(path=AXE)
    (tmp_path / "bad.html").write_text(
        '<img src="data:,"><p style="color:#aaa;background:#fff">pale</p>'
        '<p style="width:2em;white-space:nowrap">wider than its place</p>'
        '<svg width="9"><text y="9">cut off</text></svg>'
        '<p style="width:2000px">wider than the page</p>'
    )
    page = Watched(context).open(tmp_path / "bad.html")
    found = " ".join(page.evaluate(AUDIT, {}))
    assert all(rule in found for rule in ("image-alt", "color-contrast", "html-has-lang"))
    seen = page.evaluate(LOOK)
    assert not [key for key in GOOD if seen[key] == GOOD[key]]
    assert "P wider than its place" in seen["spilt"] and seen["cut"] == ["text cut off"] and seen["wide"]


class Links(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("href", "src") and value is not None:
                self.links.append(value)
            if name == "id" and value is not None:
                self.anchors.append(value)


def test_every_link_within_the_site_leads_somewhere_and_every_anchor_is_one(site: Path):
    read = {path.resolve(): Links(path.read_text(encoding="utf-8")) for path in pages(site)}
    dead, followed = [], 0
    for path, page in read.items():
        assert len(page.anchors) == len(set(page.anchors)), path
        for link in page.links:
            target, _, fragment = link.partition("#")
            if target.startswith(("http:", "https:")):
                continue
            followed += 1
            file = (path.parent / unquote(target.partition("?")[0])).resolve() if target.partition("?")[0] else path
            if not file.exists() or (fragment and unquote(fragment) not in read[file].anchors):
                dead.append(f"{path.name}: {link}")
    assert dead == []
    assert followed > 1000


def records(site: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((site.parent / "verdicts.json").read_text(encoding="utf-8"))
    return found


def cited(record: dict[str, Any]) -> str:
    """A claim as it is cited."""
    return record["claim"] + (f"[{record['index']}]" if record["kind"] == "number" else "")


def test_every_claim_has_its_page_and_its_anchor(site: Path):
    certificate = Links((site / "certificate.html").read_text(encoding="utf-8"))
    for record in records(site):
        page = (site / f"claims/{record['claim']}.html").read_text(encoding="utf-8")
        assert cited(record) in certificate.anchors
        if record["kind"] == "number":
            assert cited(record) in Links(page).anchors
            assert f"#{cited(record)}" in (site / "index.html").read_text(encoding="utf-8")


def test_each_article_leads_to_its_original_and_no_repository_is_invented(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "index.html")
    for source in SOURCES.values():
        article = page.locator(f'.numbers article:has(a[href="documents/{source.name}.html"])')
        original = article.locator("h3 a").all()
        assert article.locator("h3").inner_text() == source.title
        assert [one.get_attribute("href") for one in original] == ([source.url] if source.url else [])
    named = "repository-code" in from_yaml(ROOT / "CITATION.cff")
    assert page.get_by_role("link", name="Repository").count() == named


@pytest.mark.parametrize("address", ["javascript:alert(1)", "[1]"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str):
    (tmp_path / "CITATION.cff").write_text(f"repository-code: {address}\n")
    with pytest.raises(InputError, match="repository-code: expected an address"):
        publish.repository(tmp_path / "CITATION.cff")


def test_what_is_attained_is_not_shown_as_proven(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "index.html")
    for record in records(site):
        if record["kind"] == "number":
            link = page.locator(f'.numbers a[href$="#{cited(record)}"]')
            assert link.inner_text() == record["printed"]
            kinds = set(link.locator("span").evaluate_all("spans => spans.map(span => span.className)"))
            expected = {"proven": {"right"}, "reproduced": {"right", "wrong"}, "attained": {"unknown"}}
            assert kinds == expected.get(record["verdict"], kinds), record
    wrong = page.locator(".numbers .wrong").nth(1)
    assert "underline" in wrong.evaluate("element => getComputedStyle(element).textDecorationLine")


def test_nothing_from_the_data_arrives_as_markup(pipeline: Pipeline, tmp_path: Path):
    """A title, an author and a statement that contain markup are shown as they are written."""
    shutil.copytree(pipeline.folder / "data/published", tmp_path / "published")
    article = tmp_path / "published/trask-notebook.yaml"
    lines = article.read_text(encoding="utf-8").splitlines()
    hostile = "<i id=hostile>&amp;\\\"'"
    lines = [f'{line.split(":")[0]}: "{hostile}"' if line.startswith(("title:", "author:")) else line for line in lines]
    article.write_text("\n".join(lines), encoding="utf-8")
    here = tmp_path / "project"  # all that is in the clone, but with the address of a repository
    here.mkdir()
    for path in pipeline.folder.iterdir():
        (here / path.name).symlink_to(path)
    (here / "CITATION.cff").unlink()
    citation = (pipeline.folder / "CITATION.cff").read_text(encoding="utf-8")
    address = "https://example.org/<i id=hostile>"
    (here / "CITATION.cff").write_text(f'repository-code: "{address}"\n{citation}', encoding="utf-8")
    verdicts = records(pipeline.folder / "results/site")
    for record in verdicts:
        if "finding" in record:
            record["finding"] += " <i id=hostile>"
    (tmp_path / "verdicts.json").write_text(json.dumps(verdicts))
    command = [sys.executable, "scripts/publish.py", "--output", str(tmp_path / "site")]
    options = ["--published", str(tmp_path / "published"), "--verdicts", str(tmp_path / "verdicts.json")]
    subprocess.run([*command, *options], cwd=here, check=True, capture_output=True)
    shown = 0
    for path in (tmp_path / "site").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "hostile" not in Links(text).anchors, path
        assert address in Links(text).links
        shown += "&lt;i id=hostile&gt;&amp;amp;" in text
    assert shown > len(CLAIMS)


# The certificate.


def shown(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#claims tbody tr:not([hidden])')].map(row => row.id)"
    )
    return found


def test_the_certificate_can_be_filtered_and_the_address_keeps_it(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "certificate.html")
    assert shown(page) == [cited(record) for record in records(site)]
    page.select_option("select[name=verdict]", "reproduced")
    page.select_option("select[name=article]", "trask-notebook")
    wanted = [
        cited(record)
        for record in records(site)
        if record.get("verdict") == "reproduced" and record["source"] == "trask-notebook"
    ]
    assert shown(page) == wanted and wanted
    assert page.inner_text("output[name=shown]") == f"{len(wanted)} of {len(records(site))} claims"
    again = Watched(context).page
    again.goto(page.url)
    assert shown(again) == wanted
    for width in WIDTHS.values():
        again.set_viewport_size({"width": width, "height": 900})
        assert [row.is_visible() for row in again.locator("#claims tbody tr").all()].count(True) == len(wanted)


def test_the_certificate_finds_numbers_and_words(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "certificate.html")
    for sought, found in (
        ("0.005002426725395313", ["trask-notebook/three-layer-error-log[1]"]),
        ("0.00500242672539541057", ["trask-notebook/three-layer-error-log[1]"]),  # the certified value
        ("0.0050024267253966", ["trask-notebook/three-layer-error-log[1]"]),  # what another machine may print
        ("mean of 0", [cited(r) for r in records(site) if "mean of 0" in str(r)]),
        ("0.123456789", []),
        ("no such words", []),
    ):
        page.fill("input[name=search]", sought)
        assert shown(page) == found or (sought == "mean of 0" and set(found) <= set(shown(page))), sought
    assert "search=no+such+words" in page.url


def test_the_certificate_is_sorted_and_downloaded(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "certificate.html")
    page.select_option("select[name=kind]", "number")
    page.get_by_role("button", name="Printed").click()
    printed = [float(record["printed"]) for record in records(site) if record["kind"] == "number"]
    column = "[...document.querySelectorAll('#claims tr:not([hidden]) td:nth-of-type(1)')].map(td => +td.textContent)"
    assert page.evaluate(column) == sorted(printed)
    page.get_by_role("button", name="Printed").click()
    assert page.evaluate(column) == sorted(printed, reverse=True)
    assert page.get_by_role("link", name="Download as CSV").get_attribute("href") == "verdicts.csv"
    rows = list(csv.DictReader((site / "verdicts.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["name"] for row in rows] == [cited(record) for record in records(site)]
    assert [row["printed"] for row in rows] == [record.get("printed", "") for record in records(site)]


@pytest.mark.parametrize("name", ["certificate.html", "index.html", "documents/monty-part-1.html"])
def test_pages_print_without_what_is_for_the_screen(context: BrowserContext, site: Path, name: str):
    page = Watched(context).open(site / name)
    page.set_viewport_size({"width": SHEET, "height": 900})
    page.emulate_media(media="print", color_scheme="dark")
    for selector in (".skip", ".contents", ".top", "#filter"):
        for found in page.locator(selector).all():
            assert not found.is_visible(), selector
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    if name == "certificate.html":
        assert page.evaluate("getComputedStyle(document.querySelector('#claims tbody tr')).display") == "table-row"
        headings = [heading.inner_text() for heading in page.locator("#claims thead th").all()]
        assert headings[0] == "Claim" and headings[-1] == "Verdict"


def test_a_claim_can_be_linked(context: BrowserContext, site: Path):
    page = context.new_page()
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
    page.goto((site / "certificate.html").as_uri() + "?verdict=proven#monty-part-1/linear-output[0]")
    assert page.evaluate("document.querySelector(':target').id") == "monty-part-1/linear-output[0]"
    box = page.evaluate("document.querySelector(':target').getBoundingClientRect().toJSON()")
    assert box["height"] > 0 and 0 <= box["top"] < 900


def test_citations_can_be_copied(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "claims/trask-notebook/three-layer-error-log.html")
    page.get_by_role("button", name="Copy: BibTeX").click()
    page.get_by_role("button", name="Copy: BibTeX").get_by_text("ed").wait_for()  # Copied, or Selected
    assert "@software{last_digit" in page.locator("[data-copy=BibTeX]").inner_text()


def test_formulas_are_drawn_without_a_script(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "documents/trask-notebook.html")
    assert page.evaluate("document.querySelectorAll('math').length") > 0
    assert page.evaluate("document.scripts.length") == 0


# The laboratory.


def trained(context: BrowserContext, site: Path, address: str) -> dict[str, Any]:
    """What the laboratory says after a training with the settings of an address, and all numbers at its end."""
    watched = Watched(context)
    page = watched.open(site / "laboratory.html", address)
    page.locator("#said", has_text="took").wait_for(timeout=120_000)
    assert watched.complaints == []
    result: dict[str, Any] = page.evaluate(
        "({numbers: [...run.numbers], said: document.getElementById('said').value, seconds: run.seconds,"
        " here: [...document.querySelectorAll('#lines td:nth-of-type(2)')].map(td => td.textContent)})"
    )
    page.close()
    return result


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_laboratory_gives_the_bits_of_portable(context: BrowserContext, site: Path, name: str):
    mine = trained(context, site, f"?experiment={name}")
    table = (ROOT / f"data/reference/{name}/trajectory.csv").read_text(encoding="utf-8").splitlines()
    rows = [row for row in csv.DictReader(table) if row["moment"] == "after"]
    weights = [float.fromhex(row["portable_hex"]) for row in rows]
    assert weights and {row["epoch"] for row in rows} == {str(RUNNABLE[name].epochs - 1)}
    assert [x.hex() for x in mine["numbers"][: len(weights)]] == [x.hex() for x in weights]
    printed = [text for claim in CLAIMS.values() if claim.experiment == name for text in claim.printed]
    assert mine["here"] == printed
    assert f"{len(printed)} of {len(printed)} numbers come out as published" in mine["said"]


class Chosen(Portable):
    """Other orders of summation than portable's."""

    def __init__(self, fused: bool) -> None:
        self.fused = fused

    def dot(self, a: Array, b: Array) -> Array:
        def entry(row: Array, column: Array) -> float:
            pairs = list(zip(row.tolist(), column.tolist(), strict=True))
            first, rest = pairs[0][0] * pairs[0][1], pairs[1:]
            if self.fused:
                return reduce(lambda total, pair: fused_multiply_add(*pair, total), rest, first)
            return reduce(add, [first, *(x * y for x, y in rest)])

        return numpy.array([[entry(row, column) for column in b.T] for row in a])


@pytest.mark.parametrize("order", ["in order", "in order, fused"])
@pytest.mark.parametrize("name", ["three-layer", "xor-linear"])
def test_the_laboratory_adds_as_it_is_told(context: BrowserContext, site: Path, name: str, order: str):
    """Against the one statement of the algorithm, in an arithmetic written here, for a seed that nobody published."""
    sums = "".join(f"&sum{n}={order.replace(' ', '+')}" for n in range(5))
    mine = trained(context, site, f"?experiment={name}&seed=7&epochs=300{sums}")
    with Chosen(fused="fused" in order) as arithmetic:
        network = Network(RUNNABLE[name].starting_from(seed=7, weights=None), arithmetic)
        state = next(islice(network.train(network.starting_weights()), 299, None))
    expected = [x.hex() for matrix in state.updated for x in matrix.ravel().tolist()]
    assert [x.hex() for x in mine["numbers"][: len(expected)]] == expected
    portable = trained(context, site, f"?experiment={name}&seed=7&epochs=300")
    assert portable["numbers"] != mine["numbers"]


def test_the_laboratory_trains_anew_when_a_control_changes(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "laboratory.html")
    page.locator("#said", has_text="In the portable arithmetic").wait_for()
    page.select_option("fieldset:enabled select[name=sum1]", "from the end")
    page.locator("#said", has_text="With these settings").wait_for()
    assert "sum1=from+the+end" in page.url and "epochs=" not in page.url
    page.locator("#slider").focus()
    page.keyboard.press("Home")
    assert "epoch 0" in page.locator("#epoch").inner_text()
    assert "so far, at epoch 0" in page.locator("#lines tr").nth(3).inner_text()


SETTINGS = {
    "experiment": "xor",
    "exp": "browser",
    "seed": "7",
    "epochs": "300",
    "sum0": "from the end",
    "sum1": "in two lanes, fused",
}


def test_every_setting_is_in_the_address_and_is_read_from_it(context: BrowserContext, site: Path):
    """Set by hand, the settings write the address that a document links with; opened, the address sets them."""
    page = Watched(context).open(site / "laboratory.html")
    page.select_option("select[name=experiment]", SETTINGS["experiment"])
    for name, value in list(SETTINGS.items())[1:]:
        field = page.locator(f":is(label > [name={name}], fieldset:enabled [name={name}]):visible")
        if name in ("seed", "epochs"):
            field.fill(value)
            field.dispatch_event("change")
        else:
            field.select_option(value)
    page.locator("#said", has_text="300 epochs took").wait_for()
    written = page.url
    assert dict(parse_qsl(urlsplit(written).query)) == SETTINGS
    assert written.endswith("sum1=in+two+lanes,+fused")
    bits = page.evaluate("[...run.numbers]")
    again = trained(context, site, "?" + urlsplit(written).query)
    assert again["numbers"] == bits
    page.get_by_role("button", name="All portable").click()
    page.locator("#said", has_text="In the portable arithmetic").wait_for()
    assert urlsplit(page.url).query == "experiment=xor"


def test_an_address_that_asks_for_what_is_not_there_is_mended(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "laboratory.html", "?experiment=none&sum1=sideways&exp=fast&epochs=many&x=1")
    page.locator("#said", has_text="In the portable arithmetic").wait_for()
    assert urlsplit(page.url).query == "experiment=three-layer"


def test_the_generator_is_numpys(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "laboratory.html", "?experiment=cross-entropy")
    for seed in (0, 1, 415, 2**32 - 1):
        draw = "seed => { const state = randomState(seed); return Array.from({length: 700}, () => state(-1, 1)) }"
        assert page.evaluate(draw, seed) == numpy.random.RandomState(seed).uniform(-1, 1, 700).tolist()


def test_numbers_are_printed_as_python_and_numpy_print_them(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "laboratory.html", "?experiment=cross-entropy")
    generator = numpy.random.default_rng(1)
    arrays = [generator.normal(size=3) * 10.0 ** generator.integers(-9, 9) for _ in range(300)]
    arrays += [generator.normal(size=3) * 10.0 ** generator.integers(-3, 3, size=3) for _ in range(300)]
    arrays += [numpy.round(array, 3) for array in arrays[:100]]
    arrays += [
        numpy.array(x) for x in ([1e16, 1.0, 0.0], [123456789012.0, 0.1, 1.5], [1e-5, 1e-4, 100.0], [0.5, 2.0, -1.0])
    ]
    for notation in ("python2-str", "python3-repr", "numpy-array"):
        mine = page.evaluate(
            "([notation, arrays]) => arrays.map(values => printNumbers(notation, values))",
            [notation, [array.tolist() for array in arrays]],
        )
        theirs = [print_numbers(notation, array.tolist()) for array in arrays]
        assert [pair for pair in zip(theirs, mine, strict=True) if pair[0] != pair[1]] == []


def test_right_digits_are_those_of_the_verdicts(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "laboratory.html", "?experiment=cross-entropy")
    by_claim: dict[str, list[dict[str, Any]]] = {}
    for record in records(site):
        if record["kind"] == "number":
            by_claim.setdefault(record["claim"], []).append(record)
    for found in by_claim.values():
        mine = page.evaluate(
            "([notation, printed, certified]) => { const best = printNumbers(notation, certified.map(Number));"
            " return printed.map((text, i) => correctDigits(text, certified[i], best[i])) }",
            [found[0]["notation"], [one["printed"] for one in found], [one["certified"] for one in found]],
        )
        assert mine == [one["correct_digits"] for one in found]


def test_fused_multiply_add_rounds_once(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "laboratory.html", "?experiment=cross-entropy")
    generator = numpy.random.default_rng(1)
    a, b = generator.normal(size=(2, 4000))
    c = -a * b * (1 + generator.integers(-3, 4, 4000) * 2.0**-52)  # nearly all is cancelled
    c[:2000] = generator.normal(size=2000) * 10.0 ** generator.integers(-20, 20, 2000)
    c[:100], a[100:200] = -(a[:100] * b[:100]), 0.1
    with gmpy2.context(gmpy2.ieee(64)):
        expected = [float(gmpy2.fma(*three)) for three in zip(a.tolist(), b.tolist(), c.tolist(), strict=True)]
    mine = page.evaluate(
        "([a, b, c]) => { globalThis.ROUNDED = new Float64Array(1); globalThis.WORDS = new Uint32Array(ROUNDED.buffer);"
        " return a.map((x, i) => fma(x, b[i], c[i])) }",
        [a.tolist(), b.tolist(), c.tolist()],
    )
    mine = [float(x) for x in mine]  # a whole number arrives as an integer
    assert mine == expected
    assert mine != (a * b + c).tolist()


# The comparison.


def portable_rows(name: str) -> list[dict[str, str]]:
    table = (ROOT / f"data/reference/{name}/trajectory.csv").read_text(encoding="utf-8").splitlines()
    return [{**row, "value": row["portable"]} for row in csv.DictReader(table)]


def as_file(rows: list[dict[str, str]]) -> str:
    keys = ("epoch", "moment", "quantity", "row", "column", "value")
    return "\n".join([",".join(keys), *(",".join(row[key] for key in keys) for row in rows)])


def mistaken(name: str, **fields: Any) -> str:
    """The first epochs of a run with something changed."""
    experiment = RUNNABLE[name].changed(**fields)
    rows = []
    with Portable() as arithmetic:
        network = Network(experiment, arithmetic)
        for state in islice(network.train(network.starting_weights()), 11):
            for one in observe_state(network, state):
                for (row, column), value in numpy.ndenumerate(one.values):
                    place = {"epoch": str(one.epoch), "moment": one.moment, "quantity": one.quantity}
                    rows.append(place | {"row": str(row), "column": str(column), "value": repr(float(value))})
    return as_file(rows)


PORTS = {
    "portable": ("xor", lambda: as_file(portable_rows("xor"))),
    "hexadecimal": (
        "two-layer",
        lambda: as_file([row | {"value": row["portable_hex"]} for row in portable_rows("two-layer")]),
    ),
    "single precision": (
        "xor",
        lambda: as_file([row | {"value": repr(float(numpy.float32(row["value"])))} for row in portable_rows("xor")]),
    ),
    "output first": ("xor", lambda: mistaken("xor", order="output-first")),
    "other targets": ("xor", lambda: mistaken("xor", targets=RUNNABLE["three-layer"].targets)),
    "less than full precision": (
        "xor",
        lambda: as_file([row | {"value": repr(float(row["value"]) * (1 + 2.0**-40))} for row in portable_rows("xor")]),
    ),
    "only the start": ("xor", lambda: as_file([row for row in portable_rows("xor") if row["epoch"] == "0"])),
    "not a number": ("xor", lambda: re.sub(r"(10,before,error,0,0,).*", r"\1nan", mistaken("xor"))),
    "published": ("trask-notebook/three-layer-error-log", lambda: "\n".join(printed("three-layer-error-log"))),
    "published with 12 digits": ("cocalc-simple-nn/error-log", lambda: "Error: " + " ".join(printed("error-log"))),
    "wrong log": ("cocalc-simple-nn/error-log", lambda: " ".join(printed("error-log")).replace("0.0085", "0.0086")),
}


def printed(claim_id: str) -> tuple[str, ...]:
    return next(claim.printed for claim in CLAIMS.values() if claim.id == claim_id)


def compared(context: BrowserContext, site: Path, what: str, text: str) -> dict[str, Any]:
    watched = Watched(context)
    page = watched.open(site / "compare.html", f"?{'claim' if '/' in what else 'experiment'}={what}")
    page.locator("textarea").evaluate("(box, text) => { box.value = text; }", text)
    page.get_by_role("button", name="Compare").click()
    page.locator("#result").wait_for()
    assert watched.complaints == []
    found: dict[str, Any] = page.evaluate(
        "({verdict: document.getElementById('verdict').innerText, reason: document.getElementById('reason').innerText,"
        " digits: [...document.querySelectorAll('#epochs tr')].map(row => +row.cells[2].textContent)})"
    )
    page.close()
    return found


def in_both(context: BrowserContext, site: Path, what: str, text: str) -> tuple[comparison.Comparison, dict[str, Any]]:
    """What compare.py and the page find, which has to be the same."""
    claim = CLAIMS.get(what)
    experiment = RUNNABLE[claim.experiment if claim else what]
    certificate = PROJECT.certificate(experiment.name)
    lines = text.splitlines()
    if claim:
        port = comparison.read_claim(lines, "port", claim, experiment)
    else:
        port = comparison.read_port(lines, "port", experiment)
    reference = comparison.Reference(experiment, PROJECT.trajectory(experiment.name), certificate.quantities)
    theirs, mine = comparison.compare(port, reference, claim), compared(context, site, what, text)
    assert mine["verdict"] == theirs.verdict
    assert mine["digits"] == [epoch.digits for epoch in theirs.epochs]
    assert times_in(mine["reason"]) == times_in(theirs.reason)
    return theirs, mine


def times_in(reason: str) -> tuple[str, list[float]]:
    """The number that deviates, its ratio, and up to which ratio it would be right; nothing of another reason."""
    said, usual, _ = reason.partition(" times is still usual")
    name = said.partition(" deviates ")[0] if usual else ""
    return name, [float(text) for text in re.findall(r"(?:deviates|where) (\S+)", said)] if usual else []


@pytest.mark.parametrize("name", PORTS)
def test_the_page_compares_as_compare_does(context: BrowserContext, site: Path, name: str):
    what, text = PORTS[name]
    theirs, mine = in_both(context, site, what, text())
    first = theirs.first_wrong
    assert first is None or f"{first} is the first number that is wrong" in mine["reason"]
    if first:
        named = re.search(r"The mistake is in (.+?)(, or before it)?\.( Not in|$)", mine["reason"])
        assert named and named[1] in theirs.step


def deviating(name: str, times: str, epoch: int) -> str:
    """The portable run, but one number deviates so many times as much as rounding alone did at that epoch."""
    claim = CLAIMS.get(name)
    rows = portable_rows(claim.experiment if claim else name)
    quantity = "mean_absolute_error" if claim else "weights[1]"
    here = [row for row in rows if row["epoch"] == str(epoch)]
    changed = next(row for row in here if row["quantity"] == quantity)
    changed["value"] = str(Decimal(changed["certified"]) + Decimal(times) * max(Decimal(row["spread"]) for row in here))
    if claim:
        return " ".join(row["value"] for row in rows if row["quantity"] == quantity and int(row["epoch"]) in claim.at)
    return as_file(rows)


@pytest.mark.parametrize(
    ("name", "times", "epoch", "verdict"),
    [
        ("two-layer", "1.3", 5000, "right"),
        ("two-layer", "1.6", 5000, "unclear"),
        ("xor", "1.1", 20_000, "right"),
        ("xor", "1.7", 20_000, "unclear"),
        ("trask-notebook/three-layer-error-log", "1.05", 30_000, "right"),
        ("trask-notebook/three-layer-error-log", "2", 30_000, "unclear"),
    ],
)
def test_between_once_and_what_is_usual_the_page_decides_as_compare_does(
    context: BrowserContext, site: Path, name: str, times: str, epoch: int, verdict: str
):
    theirs, _ = in_both(context, site, name, deviating(name, times, epoch))
    assert 1 < max(one.ratio for one in theirs.epochs) < 2.1
    assert theirs.verdict == verdict


def test_the_comparison_marks_the_digits_that_the_certificate_marks(context: BrowserContext, site: Path):
    """Of what was published from a seed; and of its correct rounding to fewer digits it marks none."""
    page = Watched(context).open(site / "compare.html")

    def marked(claim: str, texts: list[str]) -> list[str]:
        page.select_option("select[name=what]", f"{CLAIMS[claim].experiment} {claim}")
        page.fill("textarea", " ".join(texts))
        page.get_by_role("button", name="Compare", exact=True).click()
        page.locator("#numbers tr").nth(len(texts) - 1).wait_for()
        cells = "rows => rows.map(row => row.cells[1].querySelector('.wrong')?.textContent ?? '')"
        found: list[str] = page.locator("#numbers tr").evaluate_all(cells)
        page.reload()
        return found

    by_claim: dict[str, list[dict[str, Any]]] = {}
    for record in records(site):
        if record.get("verdict") in ("proven", "reproduced"):
            by_claim.setdefault(record["claim"], []).append(record)
    for claim, found in by_claim.items():
        digits = [Digits(record["printed"], record["correct_digits"]) for record in found]
        wrong = ["".join(text for part, text in one.parts if part == "wrong") for one in digits]
        assert marked(claim, [record["printed"] for record in found]) == wrong, claim
        rounded = [f"{Decimal(record['certified']):.11e}" for record in found]
        assert not any(marked(claim, rounded)), claim


def test_the_number_line_shows_the_margin():
    """Also of 1.00000000e+00, below which the notation writes ten times as many numbers as above."""
    near = 0
    for name, claim in CLAIMS.items():
        proofs = certified_values(PROJECT.certificate(claim.experiment), claim)
        for text, proof in zip(claim.printed, proofs, strict=True):
            assert proof.enclosure
            printed, enclosure = Print(text, claim.notation), proof.enclosure.exact
            line = rounding_line(printed, enclosure)
            assert line
            if line.is_near:
                step = Fraction(math.ulp(float(text))) if claim.notation == "python3-repr" else printed.unit
                distance = min(abs(line.exact - boundary) for boundary in line.zone) * float(step / printed.unit)
                margin = printed.margin(enclosure)  # rounded down to four decimals
                assert margin <= distance + 1e-12 and distance < margin + 1e-4, name
                near += 1
    assert near > 40


def test_the_command_that_names_the_mistake_does_so_when_it_is_copied(
    context: BrowserContext, site: Path, tmp_path: Path
):
    numbers = mistaken("xor", order="output-first")
    page = Watched(context).open(site / "compare.html", "?experiment=xor")
    page.locator("textarea").evaluate("(box, text) => { box.value = text; }", numbers)
    page.get_by_role("button", name="Compare").click()
    page.locator("#mistake").get_by_role("button", name="Copy").wait_for()
    words = shlex.split(page.locator("#command").inner_text())
    (tmp_path / words[-1]).write_text(numbers)
    for folder in ("scripts", "data"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    assert words[0] == ".venv/bin/python"
    done = subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "output-updated-first" in done.stdout


def test_bad_input_is_named_in_the_page(context: BrowserContext, site: Path):
    page = Watched(context).open(site / "compare.html", "?experiment=xor")
    for text, said in (
        ("epoch,value\n0,1", "line 1: expected a header with the columns epoch, quantity and value, no quantity"),
        ("epoch,quantity,value\n0,weights[1],1,5", "line 2: expected 3 values, as in the header, got 4"),
        ("epoch,quantity,value\n0,weights[7],1.5", "line 2: there is no weights[7][0, 0] of epoch 0"),
        ("epoch,quantity,value\n0,weights[1],abc", "line 2: expected a number, got abc"),
        ("epoch,quantity,value\n60000,weights[1],1", "line 2: epoch 60000: the epochs are 0 to 59999"),
    ):
        page.fill("textarea", text)
        page.get_by_role("button", name="Compare").click()
        page.locator("#said", has_text=said).wait_for()
        assert not page.locator("#result").is_visible()
