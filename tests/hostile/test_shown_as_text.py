"""HTML in file names, in EXIF and in recognised text is shown as text, in a real browser; SVG never is a page."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import LOOKS, Window, drop, window
from tests.hostile.broken import example
from tests.hostile.described import HTML, html_photo, written_photo
from tests.hostile.disguises import PAGE, SVG, polyglots
from tests.running import PASSWORD, RunningFovea, make_folder, remove_folder

NAME = "<img src=x onerror=window.hacked=1>{{7*7}}.jpg"
SCRIPT_NAME = '"><script>window.hacked=1<script>.png'
FOLDER = "<b>trip<b>"


@pytest.fixture(scope="module")
def fovea() -> Iterator[RunningFovea]:
    """A library of a photo whose name and tags are HTML, one on which HTML is written, and one that is broken."""
    running = RunningFovea(make_folder("shown"))
    running.start()
    try:
        with closing(running.sign_in()) as client:
            for name, data in (
                (NAME, html_photo(1)),
                (SCRIPT_NAME, written_photo(1)),
                (f"broken{NAME}", example("jpg")[:700]),
            ):
                path = f"{FOLDER}/{name}"
                client.post("assets", params={"path": path}, content=data).raise_for_status()
        running.wait_until_done(3)
        yield running
        assert running.stop() == 0
    finally:
        if running.process is not None:
            running.kill_everything()
        remove_folder(running.folder)


@pytest.fixture(scope="module")
def client(fovea: RunningFovea) -> Iterator[httpx.Client]:
    with closing(fovea.sign_in()) as opened:
        yield opened


@pytest.fixture
def opened(browser: Browser, fovea: RunningFovea, client: httpx.Client) -> Iterator[Window]:
    """A signed-in window in which, afterwards, no stranger's markup has become part of any page."""
    with window(browser, fovea.address, LOOKS[0]) as started:
        page = started.page
        page.goto("/sign-in")
        page.get_by_label("Login").fill("anna")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_test_id("library").wait_for()
        yield started
        _must_be_harmless(started)
        assert started.complaints == [], "the policy had to stop something"
        assert [url for url in started.requests if not url.startswith((fovea.address, "data:", "blob:"))] == []
        assert [url for url in started.requests if re.search(r"/x(\?|$)", url)] == []


def _must_be_harmless(started: Window) -> None:
    page = started.page
    assert page.evaluate("window.hacked === undefined")
    injected = "img[src='x'], [onerror], [onload], script:not([src]), b, iframe, object, embed, svg script"
    assert page.locator(injected).count() == 0
    assert page.get_by_text("49.jpg").count() == 0, "a name was taken for a template"


def _open(page: Page, client: httpx.Client, name: str) -> int:
    found = client.get("assets").raise_for_status().json()["items"]
    asset_id = int(next(each["id"] for each in found if each["name"] == name))
    page.goto(f"/asset/{asset_id}")
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    return asset_id


def test_in_the_library_and_in_failures(opened: Window) -> None:
    page = opened.page
    expect(page.get_by_role("link", name=NAME).first).to_be_visible()
    expect(page.get_by_role("link", name=SCRIPT_NAME)).to_be_visible()
    _must_be_harmless(opened)
    page.goto("/activity")
    expect(page.get_by_text(f"broken{NAME}").first).to_be_attached()


def test_in_the_viewer_with_all_its_metadata(opened: Window, client: httpx.Client) -> None:
    page = opened.page
    _open(page, client, NAME)
    page.get_by_text("All metadata of the file").click()
    raw = page.get_by_label("Raw metadata")
    expect(raw).to_be_visible()
    assert raw.inner_text().count(HTML) >= 4
    assert page.locator("aside").inner_text().count("<img src=x onerror=") >= 5
    expect(page.get_by_text(FOLDER, exact=True).first).to_be_attached()


def test_in_the_trash(opened: Window, client: httpx.Client) -> None:
    page = opened.page
    asset_id = _open(page, client, SCRIPT_NAME)
    page.get_by_role("button", name="Put into the trash").click()
    page.get_by_text("In the trash.").wait_for()
    page.goto("/trash")
    item = page.locator(f"[data-trashed='{asset_id}']")
    expect(item.get_by_text(SCRIPT_NAME, exact=True)).to_be_visible()
    expect(item.get_by_text(f"{FOLDER}/{SCRIPT_NAME}", exact=True)).to_be_visible()
    _must_be_harmless(opened)
    item.get_by_role("button", name=f"Restore {SCRIPT_NAME}").click()
    expect(page.get_by_role("status").filter(has_text=SCRIPT_NAME)).to_contain_text("is back in the library")


def test_text_that_was_recognised(opened: Window, client: httpx.Client) -> None:
    page = opened.page
    asset_id = _open(page, client, SCRIPT_NAME)
    told = client.get(f"assets/{asset_id}").raise_for_status().json()["text"]
    read = [each["text"] for each in told if "<" in each["text"] or ">" in each["text"]]
    assert read, told
    for text in read:
        expect(page.get_by_text(text, exact=True).first).to_be_attached()
    _must_be_harmless(opened)
    page.goto("/search?q=text:script")
    expect(page.get_by_test_id("hit").first).to_be_visible()
    expect(page.get_by_test_id("why").first).to_be_visible()


def test_in_a_search_and_its_suggestions(opened: Window) -> None:
    page = opened.page
    page.keyboard.press("/")
    page.keyboard.type("camera:<img")
    page.wait_for_timeout(700)
    _must_be_harmless(opened)
    page.goto('/search?q=camera:"img src"')
    expect(page.get_by_role("link", name=NAME).first).to_be_visible()
    _must_be_harmless(opened)
    page.goto("/search?q=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E%22%3E%3Cscript%3Ewindow.hacked%3D1")
    page.wait_for_timeout(700)
    _must_be_harmless(opened)


def test_in_the_list_of_uploads(opened: Window, tmp_path: Path) -> None:
    page = opened.page
    refused = tmp_path / "<img src=x onerror=window.hacked=1>.svg"
    refused.write_bytes(SVG)
    drop(page, [refused])
    panel = page.get_by_test_id("upload-panel")
    row = panel.get_by_role("listitem").filter(has_text=refused.name)
    expect(row).to_contain_text("SVG drawing", timeout=30_000)
    _must_be_harmless(opened)


def test_markup_is_refused_by_the_api_whatever_it_is_called(client: httpx.Client) -> None:
    before = len(client.get("assets").json()["items"])
    for name, data in (
        ("a.svg", SVG),
        ("a.jpg", SVG),
        ("a.png", b"\n <?xml version='1.0'?>" + SVG),
        ("a.jpg", PAGE),
    ):
        answer = client.post("assets", params={"path": name}, content=data)
        assert answer.status_code == 415, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert len(client.get("assets").json()["items"]) == before


def test_an_original_never_is_a_page(opened: Window, client: httpx.Client, fovea: RunningFovea) -> None:
    """A photo that also is a page, and is called like one, is handed out as a photo in a box without scripts."""
    data = dict(polyglots())["page-inside.html"]
    sent = client.post("assets", params={"path": "page.html"}, content=data).raise_for_status().json()
    address = f"assets/{sent['asset']['id']}/original"
    for query in ("", "?download=true"):
        answer = client.get(address + query)
        assert answer.content == data
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        kind = answer.headers["content-disposition"].partition(";")[0]
        assert kind == ("attachment" if query else "inline")
    page = opened.page
    page.goto(f"{fovea.address}/api/v1/{address}")
    assert page.evaluate("document.contentType") == "image/jpeg"
    assert page.evaluate("window.hacked === undefined")
    # Chromium shows a picture in a page of its own making, whose styles our policy stops, too.
    assert all("inline style" in each for each in opened.complaints)
    opened.complaints.clear()
    page.goto("/")
    fovea.wait_until_done(4)
