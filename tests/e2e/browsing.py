"""A real Chromium for the tests of the web app: two widths, both themes, files dropped as by hand."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"

# A machine that is busy with other tests is slow, not wrong.
expect.set_options(timeout=20_000)

# Headless and quiet: no graphics card, no traffic of the browser's own.
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Look:
    """A window: its size in pixels and the system's theme."""

    name: str
    width: int
    height: int
    theme: str


LOOKS = [
    Look("wide-dark", 1440, 900, "dark"),
    Look("wide-light", 1440, 900, "light"),
    Look("phone-dark", 390, 844, "dark"),
    Look("phone-light", 390, 844, "light"),
]


@dataclass
class Window:
    """A page, with what it complained about and which addresses it asked for."""

    page: Page
    look: Look
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.look.name}.png")

    def violations(self) -> list[str]:
        """What axe finds serious or critical (WCAG 2.2 A and AA), each with the element."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        )
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]

    def wait_for_video(self, reached: Callable[[float], bool], limit_s: float = 20) -> None:
        """Until the video's time is as wanted; asked from outside, for the page's policy forbids eval in it."""
        deadline = time.monotonic() + limit_s
        video = self.page.locator("video")
        while not reached(time_s := float(video.evaluate("video => video.currentTime"))):
            assert time.monotonic() < deadline, f"the video stands at {time_s:.2f} s"
            self.page.wait_for_timeout(50)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def asked(self, request: Request) -> None:
        self.requests.append(request.url)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "Chromium is missing; `make test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, address: str, look: Look, state: Path | None = None) -> Iterator[Window]:
    """A window on the server at `address`, signed in when `state` (cookies of an earlier window) is given."""
    context = browser.new_context(
        base_url=address,
        ignore_https_errors=True,
        viewport={"width": look.width, "height": look.height},
        color_scheme="dark" if look.theme == "dark" else "light",
        reduced_motion="reduce",
        has_touch=look.width < 640,
        storage_state=state,
    )
    context.set_default_timeout(20_000)
    opened = Window(context.new_page(), look)
    opened.page.on("console", opened.heard)
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("request", opened.asked)
    try:
        yield opened
    finally:
        context.close()


def drop(page: Page, paths: Sequence[Path]) -> None:
    """Drag files and folders of the disk from outside into the middle of the window, as the system does."""
    session = page.context.new_cdp_session(page)
    size = page.viewport_size
    assert size
    place = {"x": size["width"] // 2, "y": size["height"] // 2}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    page.get_by_test_id("drop-zone").wait_for()
    session.send("Input.dispatchDragEvent", {"type": "drop", **place, "data": data})
    session.detach()
