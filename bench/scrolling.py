"""Scrolling a library from its newest to its oldest picture in Chromium, and what keeps the page from answering.

A task over 50 ms is what the browser itself reports as long (PerformanceObserver, "longtask"). Made-up assets have
no files: a few pictures made here stand in for all thumbnails, so that they are fetched, decoded and drawn as real
ones. A task may be long as others have the processor: what it used itself is taken from the browser's trace.
"""

import io
import json
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from tests.e2e.browsing import LOOKS, chromium
from tests.running import RunningFovea

_STEPS = 400
"""Leaps from the top to the bottom; after each tenth of the way a screen is scrolled by hand, line by line."""
_LINES = 60
_WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push([entry.startTime, entry.duration]);
}).observe({ type: 'longtask', buffered: true });
"""
_FRAMES = """
() => {
  window.frames_ms = [];
  let before = performance.now();
  const next = (now) => { window.frames_ms.push(now - before); before = now; requestAnimationFrame(next); };
  requestAnimationFrame(next);
}
"""


def scroll(fovea: RunningFovea) -> dict[str, Any]:
    """Tasks over 50 ms while loading and while scrolling, in ms; frames; the page's processor seconds; answers."""
    cookies = [
        {"name": cookie.name, "value": str(cookie.value), "url": fovea.address}
        for cookie in fovea.sign_in().cookies.jar
    ]
    pictures = _pictures()
    with chromium() as browser:
        context = browser.new_context(
            base_url=fovea.address,
            ignore_https_errors=True,
            viewport={"width": LOOKS[0].width, "height": LOOKS[0].height},
        )
        context.add_cookies(cookies)  # type: ignore[arg-type]
        context.add_init_script(_WATCH)
        page = context.new_page()
        asked: list[str] = []

        def thumbnail(route: Route) -> None:
            number = int(route.request.url.split("/assets/")[1].split("/")[0])
            route.fulfill(body=pictures[number % len(pictures)], content_type="image/webp")

        page.route("**/assets/*/thumbnail*", thumbnail)
        page.on("request", lambda request: asked.append(request.url))
        figures = {"load_most_task_cpu_ms": _most_cpu_ms(browser, page, lambda: _load(page))}
        found: dict[str, Any] = {}
        figures["most_task_cpu_ms"] = _most_cpu_ms(browser, page, lambda: found.update(_through(page)))
        figures |= found
        figures["answers"] = len([url for url in asked if "/api/" in url and "/thumbnail" not in url])
        figures["thumbnails"] = len([url for url in asked if "/thumbnail" in url])
        context.close()
    return figures


def _load(page: Page) -> None:
    page.goto("/")
    page.locator("[data-testid=library] img.arrived").first.wait_for(timeout=30_000)
    page.wait_for_timeout(1000)


def _most_cpu_ms(browser: Browser, page: Page, act: Callable[[], None]) -> float:
    """Processor time of the page's most expensive task meanwhile."""
    browser.start_tracing(page=page, categories=["toplevel"])
    act()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    pages = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    spent_us = [event.get("tdur", 0) for event in events if (event["pid"], event["tid"]) in pages]
    return round(max(spent_us, default=0) / 1000, 1)


def _through(page: Page) -> dict[str, Any]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    began_ms = float(page.evaluate("performance.now()"))
    before = _metrics(session.send("Performance.getMetrics"))
    page.evaluate(_FRAMES)
    library = page.get_by_test_id("library")
    box = library.bounding_box() or {"x": 0, "y": 0, "width": 800, "height": 600}
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    height_px = int(library.evaluate("element => element.scrollHeight"))
    for step in range(_STEPS):
        page.mouse.wheel(0, height_px / _STEPS)
        page.wait_for_timeout(16)
        if step % (_STEPS // 10) == 0:
            for _ in range(_LINES):
                page.mouse.wheel(0, 100)
                page.wait_for_timeout(16)
    for _ in range(10):  # rows may turn out taller than estimated
        page.mouse.wheel(0, height_px)
        page.wait_for_timeout(200)
    page.wait_for_timeout(1000)
    left_px = int(library.evaluate("e => e.scrollHeight - e.clientHeight - e.scrollTop"))
    after = _metrics(session.send("Performance.getMetrics"))
    tasks: list[list[float]] = page.evaluate("window.longTasks")
    frames: list[float] = page.evaluate("window.frames_ms")
    return {
        "height_px": height_px,
        "left_px": max(0, left_px),
        "long_tasks_at_load_ms": [round(length) for start, length in tasks if start < began_ms],
        "long_tasks_ms": [round(length) for start, length in tasks if start >= began_ms],
        "frames": len(frames),
        "frame_p50_ms": round(statistics.median(frames), 1),
        "frame_p95_ms": round(sorted(frames)[int(0.95 * (len(frames) - 1))], 1),
        "page_cpu_s": round(after["TaskDuration"] - before["TaskDuration"], 2),
    }


def _metrics(answer: dict[str, Any]) -> dict[str, float]:
    return {each["name"]: each["value"] for each in answer["metrics"]}


def _pictures() -> list[bytes]:
    """Thumbnails as preview makes them: 320 px WebP of about 15 kB."""
    chance = np.random.default_rng(1)
    made = []
    for _ in range(24):
        coarse = chance.integers(0, 256, (30, 40, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC)
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=75)
        made.append(file.getvalue())
    return made
