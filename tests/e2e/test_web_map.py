"""The map in a real browser: a stretch of time by keys and mouse, how densely pictures lie, searching there."""

import io
import re
import time

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Window

GREY = 40  # land, sea and borders have channels nearer to each other than this


def test_the_map_of_a_stretch_of_time(opened: Window) -> None:
    page = opened.page
    _open_map_at_adelaide(page)
    words, shown = page.get_by_test_id("time-words"), page.get_by_test_id("map")
    start, end = page.get_by_role("slider", name="From"), page.get_by_role("slider", name="To")
    expect(words).to_contain_text("2 pictures")
    expect(shown).to_have_attribute("data-shown", "1")
    start.focus()
    page.keyboard.press("ArrowRight")
    expect(words).to_contain_text("1 picture")
    expect(page).to_have_url(re.compile(r"taken=\d{4}-\d\d\.\.2017-06$"))
    expect(shown).to_have_attribute("data-shown", "1")
    page.keyboard.press("Home")
    end.focus()
    page.keyboard.press("Home")
    expect(shown).to_have_attribute("data-shown", "0")
    expect(page.get_by_test_id("cluster")).to_have_count(0)
    opened.screenshot("map-time")
    assert opened.violations() == []
    page.reload()  # the address keeps it
    expect(shown).to_have_attribute("data-shown", "0")
    page.get_by_role("button", name="All times").click()
    expect(shown).to_have_attribute("data-shown", "1")
    expect(page).not_to_have_url(re.compile("taken"))
    # by mouse: the thumb of the end as far to the left as it goes
    thumb, track = end.bounding_box(), page.get_by_test_id("time-track").bounding_box()
    assert thumb and track
    page.mouse.move(thumb["x"] + 8, thumb["y"] + 16)
    page.mouse.down()
    page.mouse.move(track["x"] + 1, thumb["y"] + 16, steps=5)
    page.mouse.up()
    expect(shown).to_have_attribute("data-shown", "0")
    expect(end).to_have_attribute("aria-valuetext", start.get_attribute("aria-valuetext") or "")


def test_the_heat_map_and_a_search_around_a_click(opened: Window) -> None:
    page = opened.page
    _open_map_at_adelaide(page)
    page.get_by_test_id("cluster").wait_for()
    page.get_by_role("button", name="Heat map").click()
    expect(page.get_by_test_id("cluster")).to_have_count(0)
    expect(page).to_have_url(re.compile("heat=1"))
    box = page.get_by_test_id("map").bounding_box()
    assert box
    # below the pin that stands where the address points to
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 12
    _wait_for_colour(page, x, y)
    opened.screenshot("map-heat")
    assert opened.violations() == []
    page.mouse.click(x, y)
    expect(page).to_have_url(re.compile(r"/search\?q=near:"))
    expect(page.get_by_role("link", name=re.compile("adelaide.jpg")).first).to_be_visible()


def _open_map_at_adelaide(page: Page) -> None:
    world = {"west": -180, "south": -90, "east": 180, "north": 90, "zoom": 4, "taken": "2017-06"}
    [there] = page.request.get("/api/v1/map", params=world).json()["clusters"]
    page.goto(f"/map?at={there['lat']},{there['lon']}")
    page.locator("[data-shown]").wait_for()  # which is known long before a busy machine has drawn all borders


def _wait_for_colour(page: Page, x: float, y: float, limit_s: float = 90) -> None:
    """Until the map is neither land nor sea there: it is drawn by the graphics card, no element tells."""
    deadline = time.monotonic() + limit_s
    while True:
        clip = {"x": int(x), "y": int(y), "width": 1, "height": 1}
        pixel = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB").getpixel((0, 0))  # type: ignore[arg-type]
        if isinstance(pixel, tuple) and max(pixel) - min(pixel) > GREY:
            return
        assert time.monotonic() < deadline, f"no heat at {x:.0f}, {y:.0f}: {pixel}"
        page.wait_for_timeout(100)
