"""The web app in a real browser against a real server: at two widths and in both themes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import LOOKS, Look, Window, drop, window
from tests.e2e.conftest import Site
from tests.media_files import media_files


@pytest.fixture(params=LOOKS, ids=lambda look: str(look.name))
def opened(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Window]:
    """A window of each look, signed in; it must not complain, nor ask anybody but the server for anything."""
    look: Look = request.param
    with window(browser, site.fovea.address, look, site.state) as started:
        yield started
        assert started.complaints == []
        elsewhere = [url for url in started.requests if not url.startswith((site.fovea.address, "data:", "blob:"))]
        assert elsewhere == []


PAGES = {
    "library": ("/", "[data-testid=library] img.arrived"),
    "search": ("/search?q=object:person", "[data-testid=hit] img.arrived"),
    "search-empty": ("/search", "h1:has-text('six questions')"),
    "search-nothing": ("/search?q=text:nosuchword", "h2:has-text('Nothing matches')"),
    "search-close": ("/search?q=public%20transport", "[data-testid=close] img.arrived"),
    "no-such-photo": ("/asset/mistyped", "h1:has-text('no such photo')"),
    "map": ("/map", "[data-drawn=true] [data-testid=cluster] img"),
    "activity": ("/activity", "[data-analysis=speech]"),
    "trash": ("/trash", "h2:has-text('The trash is empty')"),
    "settings": ("/settings", "[data-testid=sign-out]"),
    "not-found": ("/no/such/page", "h1:has-text('no such page')"),
}


def test_every_page_is_accessible(opened: Window) -> None:
    found = {}
    for name, (address, arrived) in PAGES.items():
        opened.page.goto(address)
        opened.page.locator(arrived).first.wait_for()
        opened.screenshot(name)
        found[name] = opened.violations()
    assert found == {name: [] for name in PAGES}


def test_an_unknown_filter_is_said_and_mended_by_a_click(opened: Window) -> None:
    page = opened.page
    page.goto("/search?q=folder:Madrid")
    unknown = page.get_by_test_id("unknown-filter")
    expect(unknown).to_contain_text("There is no filter “folder:”")
    opened.screenshot("search-unknown")
    assert opened.violations() == []
    unknown.get_by_role("link", name=re.compile("name:Madrid")).click()
    expect(page.get_by_test_id("found")).to_have_text("1 found")
    expect(page.get_by_test_id("hit")).to_contain_text("Madrid")
    page.goto("/search?q=folder:Madrid")
    unknown.get_by_role("link", name=re.compile("Search for the words")).click()
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    assert all("400" in complaint for complaint in opened.complaints), opened.complaints
    opened.complaints.clear()


def test_what_is_close_in_meaning_stands_apart(opened: Window) -> None:
    page = opened.page
    page.goto("/search?q=public%20transport")
    close = page.get_by_test_id("close")
    expect(close).to_contain_text(re.compile("Close in meaning [0-9]"))
    expect(close.get_by_test_id("why").filter(has_text="bus").first).to_be_visible()
    expect(page.get_by_test_id("found")).to_have_text("Nothing has all of that")
    expect(page.get_by_test_id("facets")).to_have_count(0)


def test_entrances_are_accessible(browser: Browser, site: Site) -> None:
    for look in LOOKS:
        with window(browser, site.fovea.address, look) as outside:
            outside.page.goto("/")
            expect(outside.page.get_by_role("heading", name="Sign in")).to_be_visible()
            outside.screenshot("sign-in")
            assert outside.violations() == []
            outside.page.goto("/first-start#used")
            expect(outside.page.get_by_role("heading", name=re.compile("has its administrator"))).to_be_visible()
            assert outside.violations() == []


def test_search_open_and_switch_boxes(opened: Window) -> None:
    page = opened.page
    page.goto("/")
    page.get_by_test_id("library").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("text:emi")
    expect(page.get_by_role("option", name=re.compile("emisiones"))).to_be_visible()
    page.keyboard.type("siones ")
    expect(page.get_by_test_id("chip")).to_have_text(re.compile("text:.*emisiones"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=text:emisiones$"))
    hit = page.get_by_test_id("hit").filter(has=page.get_by_role("link", name=re.compile("bus.jpg")))
    hit.get_by_test_id("why").filter(has_text="emisiones").first.click()

    expect(page.get_by_role("heading", name="bus.jpg")).to_be_visible()
    expect(page.locator(".box.pointed")).to_be_visible()
    boxes = page.locator(".box[data-kind=objects]")
    expect(boxes).to_have_count(0)
    page.keyboard.press("o")
    expect(page.get_by_test_id("switch-objects")).to_have_attribute("aria-pressed", "true")
    expect(boxes.nth(3)).to_be_visible()  # the bus and at least three persons
    opened.screenshot("viewer-boxes")
    assert opened.violations() == []
    page.get_by_test_id("switch-objects").click()
    expect(boxes).to_have_count(0)
    # an answer lights its box, though the switch is off
    page.get_by_role("region", name="What").get_by_role("button", name=re.compile("^bus")).hover()
    expect(page.locator(".box[data-kind=objects].lit")).to_have_count(1)
    expect(page.get_by_text("trip/Madrid", exact=True)).to_be_attached()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/search\?q=text:emisiones$"))


def test_plays_from_a_transcript_line(opened: Window) -> None:
    page = opened.page
    page.goto('/search?q=said:"ask not"')
    page.get_by_role("link", name=re.compile("speech.mp4")).click()
    line = page.get_by_test_id("transcript-line").filter(has_text=re.compile("ask not", re.IGNORECASE)).first
    line.scroll_into_view_if_needed()
    # a search result opens at the second it was found; its line plays from where the line begins
    expect(page.get_by_test_id("now")).not_to_have_text("0:00")
    # slowly, so that a busy machine still looks while the line is being said
    page.locator("video").evaluate("video => { video.playbackRate = 0.25 }")
    line.click()
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "Pause")
    opened.wait_for_video(lambda time_s: 0.3 < time_s < 9)
    assert page.evaluate("document.querySelector('video').error") is None
    expect(line).to_have_attribute("aria-current", "true")
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "Play")
    for lane in ("Faces", "Objects", "Text", "Speech"):
        expect(page.locator(f"[data-lane={lane}] span").first).to_be_attached()
    page.get_by_test_id("time-bar").focus()
    page.keyboard.press("End")
    opened.wait_for_video(lambda time_s: time_s > 10)
    page.keyboard.press("Home")
    opened.wait_for_video(lambda time_s: time_s < 0.5)
    opened.screenshot("viewer-video")
    assert opened.violations() == []


def test_leafing_returns_to_the_same_place(opened: Window) -> None:
    page = opened.page
    page.goto("/")
    tiles = page.locator("[data-testid=library] [data-asset]")
    expect(tiles).to_have_count(5)  # days are read side by side: which is the first is known when all are there
    first = tiles.first.get_attribute("data-asset")
    second = tiles.nth(1).get_attribute("data-asset")
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(tiles.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/asset/{first}$"))
    page.get_by_role("button", name="Next").wait_for(state="attached")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(rf"/asset/{second}$"))
    page.get_by_role("button", name="Previous").wait_for(state="attached")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(rf"/asset/{first}$"))
    page.keyboard.press("Escape")
    expect(page.locator(f"[data-testid=library] [data-asset='{first}']")).to_be_focused()


def test_dropping_a_file_again_changes_nothing(opened: Window, tmp_path: Path) -> None:
    again = tmp_path / "same bytes.jpg"
    again.write_bytes(media_files().path("zidane").read_bytes())
    page = opened.page
    page.goto("/activity")
    page.locator("[data-analysis=speech]").wait_for()
    drop(page, [again])
    expect(page.get_by_test_id("upload-summary")).to_contain_text("1 already there")
    expect(page.get_by_test_id("activity-headline")).to_have_text("Everything is done")


def test_edits_stay(browser: Browser, site: Site) -> None:
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        page = opened.page
        page.goto("/search?q=zidane")
        page.get_by_role("link", name=re.compile("zidane.jpg")).first.click()
        page.get_by_role("radio", name="4 stars").click()
        page.get_by_label("Add a tag").fill("football <b>")
        page.get_by_label("Add a tag").press("Enter")
        expect(page.get_by_role("button", name="Remove the tag football <b>")).to_be_visible()
        page.get_by_label("Comment").fill("On the bench")
        with page.expect_response(lambda answer: answer.request.method == "PATCH") as stored:
            page.get_by_label("Comment").blur()
        assert stored.value.ok
        page.reload()
        expect(page.get_by_role("radio", name="4 stars")).to_have_attribute("aria-checked", "true")
        expect(page.get_by_label("Comment")).to_have_value("On the bench")
        page.get_by_role("button", name="Remove the tag football <b>").click()
        expect(page.get_by_role("button", name="Remove the tag football <b>")).to_have_count(0)


def test_a_rectangle_on_the_map_is_a_search(browser: Browser, site: Site) -> None:
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        page = opened.page
        page.goto("/map")
        page.get_by_test_id("cluster").first.wait_for()
        page.get_by_role("button", name="Select an area").click()
        page.locator("fv-area-select").wait_for()
        page.mouse.move(260, 160)
        page.mouse.down()
        page.mouse.move(1400, 860, steps=5)
        page.mouse.up()
        expect(page).to_have_url(re.compile(r"/search\?q=within:"))
        expect(page.get_by_test_id("hit").first).to_be_visible()


def test_a_token_is_shown_once_and_can_be_revoked(browser: Browser, site: Site) -> None:
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        page = opened.page
        page.goto("/settings")
        page.get_by_label("Name").fill("backup script")
        page.get_by_role("button", name="Make a token").click()
        expect(page.get_by_test_id("token")).to_have_text(re.compile(r"\S{20,}"))
        page.reload()
        page.get_by_role("button", name="Revoke backup script").wait_for()
        assert page.get_by_test_id("token").count() == 0
        page.get_by_role("button", name="Revoke backup script").click()
        page.get_by_role("button", name="Keep it").click()
        page.get_by_role("button", name="Revoke backup script").click()
        opened.screenshot("settings-revoke")
        assert opened.violations() == []
        page.get_by_role("button", name="Revoke for good").click()
        expect(page.get_by_text("backup script")).to_have_count(0)
