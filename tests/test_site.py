"""The site in a real browser, opened from its files as a reader would."""

import functools
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Pipeline
from playwright.sync_api import Browser, Page, sync_playwright

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # The flags keep the browser from calling its maker; only what a page asks for is then left to be seen.
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
        opened = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu", *quiet])
        yield opened
        opened.close()


@functools.cache
def pages(site: Path) -> list[Path]:
    return sorted(path for path in site.rglob("*.html"))


class Visit:
    """A page opened from its file, with all that it complained of and asked for from elsewhere."""

    def __init__(self, browser: Browser, path: Path, width: int, fragment: str = "", dark: bool = False) -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(f"{path.name}: {message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"{path.name}: {error}"))
        self.page.on("request", self._note)
        self.page.goto(path.as_uri() + fragment, wait_until="load")

    def _note(self, request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.outside.append(request.url)

    def close(self) -> None:
        self.page.context.close()


@pytest.fixture
def site(pipeline: Pipeline) -> Path:
    folder = pipeline.folder / "results/site"
    assert (folder / "index.html").exists()
    return folder


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_page_loads_quietly_stays_inside_and_fits(browser: Browser, site: Path, width: int):
    complaints, outside, too_wide, broken = [], [], [], []
    for path in pages(site):
        visit = Visit(browser, path, width, dark=width == WIDTHS["phone"])
        complaints += visit.complaints
        outside += visit.outside
        if visit.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            too_wide.append(path.name)
        broken += visit.page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)")
        visit.close()
    assert (complaints, outside, too_wide, broken) == ([], [], [], [])


def test_every_page_has_one_heading_and_every_picture_a_text(browser: Browser, site: Path):
    for path in pages(site):
        visit = Visit(browser, path, WIDTHS["desktop"])
        if path.name not in ("genindex.html", "search.html"):
            assert visit.page.evaluate("document.querySelectorAll('article h1').length") == 1, path.name
        bare = visit.page.evaluate("[...document.images].filter(i => !i.alt || i.alt.includes('.png')).map(i => i.src)")
        assert bare == [], path.name
        visit.close()


def test_every_link_within_the_site_leads_somewhere(browser: Browser, site: Path):
    dead = []
    for path in pages(site):
        visit = Visit(browser, path, WIDTHS["desktop"])
        for link in visit.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))"):
            target, _, fragment = link.partition("#")
            if target.startswith(("http:", "https:", "mailto:")):
                continue
            file = (path.parent / target.partition("?")[0]).resolve() if target else path
            known = file.exists() and (
                not fragment or file.suffix != ".html" or f'id="{fragment}"' in file.read_text(encoding="utf-8")
            )
            if not known:
                dead.append(f"{path.name}: {link}")
        visit.close()
    assert dead == []


def shown(page: Page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('#claims tbody tr:not([hidden])')].map(row => row.id)")


def test_the_certificate_has_every_claim_and_can_be_filtered(browser: Browser, site: Path):
    records = json.loads((site.parent / "verdicts.json").read_text(encoding="utf-8"))
    visit = Visit(browser, site / "certificate.html", WIDTHS["desktop"])
    page = visit.page
    assert shown(page) == [f"{record['claim']}/{record['index']}" for record in records]
    page.select_option("select[name=verdict]", "reproduced")
    page.select_option("select[name=article]", "trask-notebook")
    wanted = [
        f"{record['claim']}/{record['index']}"
        for record in records
        if record["verdict"] == "reproduced" and record["source"] == "trask-notebook"
    ]
    assert shown(page) == wanted and wanted
    assert page.inner_text("output[name=shown]") == f"{len(wanted)} of {len(records)} claims"
    visit.close()


def test_wrong_digits_are_marked_not_by_colour_alone(browser: Browser, site: Path):
    visit = Visit(browser, site / "certificate.html", WIDTHS["desktop"])
    row = visit.page.locator('[id="trask-notebook/three-layer-error-log/1"]')
    wrong = row.locator(".wrong").first
    assert row.locator("td").nth(1).inner_text().endswith(wrong.inner_text())
    decoration = wrong.evaluate("element => getComputedStyle(element).textDecorationLine")
    assert decoration == "underline"
    visit.close()


def test_a_claim_can_be_linked(browser: Browser, site: Path):
    visit = Visit(browser, site / "certificate.html", WIDTHS["phone"], "#monty-part-1/linear-output/0")
    assert visit.page.evaluate("document.querySelector(':target').id") == "monty-part-1/linear-output/0"
    visit.page.wait_for_function(
        "() => { const box = document.querySelector(':target').getBoundingClientRect();"
        " return box.top >= 0 && box.top < window.innerHeight; }"
    )
    visit.close()


def test_formulas_are_drawn_without_a_script(browser: Browser, site: Path):
    visit = Visit(browser, site / "documents/trask-notebook.html", WIDTHS["desktop"])
    assert visit.page.evaluate("document.querySelectorAll('math').length") > 0
    assert not visit.page.evaluate("[...document.scripts].some(script => /mathjax/i.test(script.src))")
    visit.close()
