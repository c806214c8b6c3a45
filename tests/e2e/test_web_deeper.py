"""The web app beyond the first walk: narrowing a search, picking many pictures, the trash, large files."""

import datetime
import re
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.browsing import LOOKS, Window, drop, window
from tests.e2e.conftest import Site

PIECE_BYTES = 16 * 2**20


def test_facets_narrow_and_a_search_is_kept(opened: Window) -> None:
    page = opened.page
    page.goto("/search?q=object:person")
    kinds = page.get_by_test_id("facets").locator("[data-facet=kind]")
    kinds.get_by_role("link", name=re.compile("video")).click()
    expect(page).to_have_url(re.compile(r"q=object:person%20kind:video"))
    expect(page.get_by_test_id("found")).to_have_text("1 found")
    expect(page.get_by_test_id("hit").locator("mark").first).to_have_text("person")
    name = f"Persons in videos {opened.look.name}"
    page.get_by_label("Order").select_option("Oldest first")
    expect(page).to_have_url(re.compile(r"sort=oldest"))
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Name of this search").fill(name)
    page.get_by_label("Name of this search").press("Enter")
    expect(page.get_by_test_id("saved-as")).to_contain_text(name)
    opened.screenshot("search-narrowed")
    assert opened.violations() == []
    kinds.get_by_role("link", name=re.compile("video")).click()
    expect(page).not_to_have_url(re.compile("kind:video"))
    page.goto("/search")
    page.get_by_test_id("saved-searches").get_by_role("link", name=re.compile(name)).click()
    expect(page.get_by_test_id("found")).to_have_text("1 found")
    page.goto("/search")
    link = page.get_by_test_id("saved-searches").get_by_role("link", name=re.compile(name))
    page.get_by_role("button", name=f"Forget {name}").click()
    expect(link).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(link).to_be_visible()
    page.get_by_role("button", name=f"Forget {name}").click()
    expect(page.get_by_role("status").filter(has_text=name)).to_contain_text("is forgotten")
    page.goto("/search")
    page.get_by_role("heading", name=re.compile("six questions")).wait_for()
    expect(page.get_by_text(name)).to_have_count(0)


def test_the_metadata_of_a_picture_can_be_searched(opened: Window) -> None:
    page = opened.page
    page.goto("/search?q=has:position")
    page.get_by_test_id("hit").first.locator("[data-asset]").click()
    expect(page.get_by_role("img", name=re.compile("^Map"))).to_be_visible()
    page.get_by_text("All metadata of the file").click()
    page.get_by_label("Find in the metadata").fill("latitude")
    tags = page.get_by_label("Raw metadata", exact=True).locator("dt")
    expect(tags.first).to_have_text(re.compile("latitude", re.IGNORECASE))
    assert opened.violations() == []


def test_the_keys_are_listed(browser: Browser, site: Site) -> None:
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        page = opened.page
        page.goto("/activity")
        page.locator("[data-analysis=speech]").wait_for()
        page.keyboard.press("?")
        expect(page.get_by_test_id("key-help")).to_be_focused()
        assert opened.violations() == []
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("key-help")).to_have_count(0)


def test_picked_pictures_go_into_the_trash_and_come_back(opened: Window) -> None:
    page = opened.page
    page.goto("/")
    tiles = page.locator("[data-testid=library] [data-asset]")
    expect(tiles).to_have_count(5)
    tiles.nth(0).focus()
    page.keyboard.press("x")
    tiles.nth(2).focus()
    page.keyboard.press("Shift+X")
    bar = page.get_by_test_id("selection-bar")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Rate 3 stars").click()
    expect(bar.get_by_role("status")).to_contain_text("3 stars for 3 pictures")
    opened.screenshot("library-picked")
    assert opened.violations() == []
    rated = [asset for asset in _assets(page) if asset["rating"] == 3]
    assert len(rated) == 3
    bar.get_by_role("button", name="Undo").click()
    expect(bar.get_by_role("status")).to_contain_text("As before: 3 pictures")
    assert [asset for asset in _assets(page) if asset["rating"] == 3] == []
    bar.get_by_label("Add a tag to all").fill("picked")
    bar.get_by_label("Add a tag to all").press("Enter")
    expect(bar.get_by_role("status")).to_contain_text("Tag “picked” for 3 pictures")
    bar.get_by_role("button", name="Undo").click()
    expect(bar.get_by_role("status")).to_contain_text("As before: 3 pictures")
    assert [tag for asset in _assets(page) for tag in asset["tags"] if tag["source"] == "person"] == []
    bar.get_by_role("button", name="Trash").click()
    expect(bar.get_by_role("status")).to_contain_text("In the trash: 3 pictures")
    expect(tiles).to_have_count(2)
    bar.get_by_role("button", name="Undo").click()
    expect(tiles).to_have_count(5)

    tiles.nth(1).click()
    name = page.locator("fv-viewer-page h1").inner_text()
    page.keyboard.press("Delete")
    expect(page.get_by_text("In the trash.")).to_be_visible()
    expect(page.get_by_role("button", name="Put into the trash")).to_be_disabled()
    page.goto("/trash")
    restore = page.get_by_role("button", name=f"Restore {name}")
    expect(restore).to_be_visible()
    expect(page.locator("[data-trashed] img")).not_to_have_js_property("naturalWidth", 0)
    opened.screenshot("trash-filled")
    assert opened.violations() == []
    restore.click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()


def test_a_rectangle_picks_and_a_click_picks_on(browser: Browser, site: Site) -> None:
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        page = opened.page
        page.goto("/")
        tiles = page.locator("[data-testid=library] [data-asset]")
        expect(tiles).to_have_count(5)
        first, second = tiles.nth(0).bounding_box(), tiles.nth(1).bounding_box()
        assert first and second
        page.mouse.move(first["x"] + 20, first["y"] + 40)
        page.mouse.down()
        page.mouse.move(second["x"] + 20, second["y"] + 60, steps=5)
        page.mouse.up()
        expect(page.get_by_text("2 selected")).to_be_visible()
        tiles.nth(2).click()
        expect(page.get_by_text("3 selected")).to_be_visible()
        page.keyboard.press("Delete")
        bar = page.get_by_test_id("selection-bar")
        expect(bar.get_by_role("status")).to_contain_text("In the trash: 3 pictures")
        bar.get_by_role("button", name="Undo").click()
        expect(tiles).to_have_count(5)
        bar.get_by_role("button", name="Dismiss").click()
        tiles.nth(1).focus()
        page.keyboard.press("x")
        expect(page.get_by_text("1 selected")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("selection-bar")).to_have_count(0)


def test_on_this_day(opened: Window) -> None:
    page = opened.page
    # adelaide.jpg was taken on 20 June 2017
    page.clock.set_fixed_time(datetime.datetime(2026, 6, 20, 12))
    page.goto("/")
    strip = page.get_by_test_id("on-this-day")
    strip.get_by_role("link", name="A photo of 2017").click()
    expect(page.get_by_role("heading", name="adelaide.jpg")).to_be_visible()
    page.goto("/")
    strip.get_by_role("link", name="A photo of 2017").wait_for()
    opened.screenshot("library-this-day")
    assert opened.violations() == []


def test_a_large_file_goes_on_after_a_break_and_a_reload(browser: Browser, site: Site, tmp_path: Path) -> None:
    video = tmp_path / "long.mp4"
    shutil.copy(site.fovea.folder / "files" / "speech.mp4", video)
    with video.open("ab") as end:  # a box that players skip makes it large
        padding_bytes = 60_000_000
        end.write((padding_bytes + 8).to_bytes(4, "big") + b"free" + bytes(padding_bytes))
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        page = opened.page
        pieces: list[int] = []

        def one_piece_only(route: Route) -> None:
            if route.request.method == "PATCH":
                pieces.append(int(route.request.headers["upload-offset"]))
                if len(pieces) > 1:
                    route.abort()
                    return
            route.continue_()

        page.goto("/activity")
        page.locator("[data-analysis=speech]").wait_for()
        page.route("**/api/v1/uploads/*", one_piece_only)
        with page.expect_event("requestfailed"):
            drop(page, [video])
        assert pieces[:2] == [0, PIECE_BYTES]
        page.unroute_all(behavior="ignoreErrors")
        page.reload()
        page.locator("[data-analysis=speech]").wait_for()
        before = len(opened.requests)
        drop(page, [video])
        expect(page.get_by_test_id("upload-summary")).to_contain_text(
            re.compile("1 new|1 already there"), timeout=90_000
        )
        asked = [url for url in opened.requests[before:] if "/api/v1/uploads" in url]
        assert asked
        assert not [url for url in asked if url.endswith("/uploads")]  # nothing was announced anew


def _assets(page: Page) -> list[dict[str, Any]]:
    """Everything that is known about each asset."""
    listed = page.request.get("/api/v1/assets?limit=0").json()["items"]
    return [page.request.get(f"/api/v1/assets/{each['id']}").json() for each in listed]
