"""One real Fovea and one browser for the tests of the web app; the library is filled through its pages."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.deploy.deployment import Deployment
from tests.e2e.browsing import LOOKS, Look, Window, drop, window
from tests.media_files import media_files
from tests.running import PASSWORD, RunningFovea, make_folder, remove_folder

ANALYSES_LIMIT_MS = 240_000


class Installation(Protocol):
    """A Fovea that serves pages, in either shape, and a folder of files that it can see."""

    @property
    def address(self) -> str: ...

    @property
    def folder(self) -> Path: ...

    def claim_link(self) -> str: ...

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]": ...


@dataclass
class Site:
    """A server whose library was claimed and filled by hand, and the cookies of who did it."""

    fovea: Installation
    state: Path


@contextmanager
def _embedded() -> Iterator[Installation]:
    folder = make_folder("web")
    fovea = RunningFovea(folder)
    fovea.start()
    try:
        yield fovea
    finally:
        if fovea.process is not None:
            fovea.stop()
        remove_folder(folder)


@pytest.fixture(scope="session")
def site(browser: Browser) -> Iterator[Site]:
    """First start, sign-in, files dropped and looked at: each step by mouse and keyboard on the real pages.

    FOVEA_TEST_DEPLOYMENT is the folder of a deployment in containers that is to be looked at instead.
    """
    deployed = os.environ.get("FOVEA_TEST_DEPLOYMENT")
    with nullcontext(Deployment.of(Path(deployed))) if deployed else _embedded() as fovea:
        state = fovea.folder / "cookies.json"
        with window(browser, fovea.address, LOOKS[0]) as opened:
            _make_administrator(opened, fovea.claim_link())
            _sign_out_and_in(opened.page)
            _drop_and_watch(opened, _make_files(fovea.folder / "files"))
            opened.page.context.storage_state(path=state)
            assert opened.complaints == []
        yield Site(fovea, state)


@pytest.fixture(params=[LOOKS[0], LOOKS[3]], ids=lambda look: str(look.name))
def opened(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Window]:
    """A wide dark window and a light phone's, signed in; neither may complain."""
    look: Look = request.param
    with window(browser, site.fovea.address, look, site.state) as started:
        yield started
        assert started.complaints == []


def _make_files(folder: Path) -> list[Path]:
    """A folder with a folder inside, a video that speaks, and a file that is not a picture."""
    media = media_files()
    inner = folder / "trip" / "Madrid"
    inner.mkdir(parents=True)
    shutil.copy(media.path("bus"), inner / "bus.jpg")
    shutil.copy(media.path("zidane"), folder / "trip" / "zidane.jpg")
    shutil.copy(media.path("jpeg-south-offset"), folder / "trip" / "adelaide.jpg")
    shutil.copy(media.path("jpeg-west"), folder / "trip" / "west.jpg")
    (folder / "notes.txt").write_text("not a picture")
    video = folder / "speech.mp4"
    pictures = [
        argument for name in ("bus", "zidane") for argument in ("-loop", "1", "-t", "6", "-i", media.path(name))
    ]
    fit = "scale=640:360:force_original_aspect_ratio=decrease,pad=640:360:-1:-1,setsar=1,fps=10"
    filters = f"[0:v]{fit}[a];[1:v]{fit}[b];[a][b]concat=n=2:v=1:a=0[v]"
    command = ["ffmpeg", "-v", "error", *pictures, "-i", media.path("jfk"), "-filter_complex", filters]
    command += ["-map", "[v]", "-map", "2:a", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", video]
    subprocess.run([str(part) for part in command], check=True)
    return [folder / "trip", folder / "notes.txt", video]


def _make_administrator(opened: Window, link: str) -> None:
    page = opened.page
    page.goto(link)
    page.get_by_label("Login").fill("anna")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill("something else")
    opened.screenshot("first-start")
    page.get_by_role("button", name="Make the administrator").click()
    expect(page.get_by_role("alert")).to_have_text("The two passwords differ.")
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the administrator").click()
    expect(page.get_by_role("heading", name="Bring in photos and videos")).to_be_visible()
    assert "#" not in page.url
    opened.screenshot("first-start-choose")
    page.get_by_test_id("to-library").click()
    expect(page.get_by_test_id("empty-library")).to_be_visible()
    opened.screenshot("library-empty")


def _sign_out_and_in(page: Page) -> None:
    page.get_by_role("link", name="Settings").click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/activity")
    expect(page).to_have_url(re.compile(r"/sign-in\?back=%2Factivity$"))
    page.get_by_label("Login").fill("anna")
    page.get_by_label("Password").fill("wrong, and long enough")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/activity$"))


def _drop_and_watch(opened: Window, paths: list[Path]) -> None:
    page = opened.page
    page.get_by_role("link", name="Library").click()
    expect(page.get_by_test_id("empty-library")).to_be_visible()
    drop(page, paths)
    panel = page.get_by_test_id("upload-panel")
    expect(panel.get_by_test_id("upload-summary")).to_contain_text("5 new · 1 refused", timeout=60_000)
    refused = panel.get_by_role("listitem").filter(has_text="notes.txt")
    expect(refused).to_contain_text("refused: ")
    expect(refused.get_by_role("button", name="Retry")).to_have_count(0)  # it would be refused again
    expect(panel.get_by_role("listitem").filter(has_text="trip/Madrid/bus.jpg")).to_contain_text("stored")
    opened.screenshot("upload")
    # the page fills by itself, without being loaded again
    expect(page.get_by_test_id("library").get_by_role("link", name=re.compile("bus.jpg"))).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Activity").click()
    headline = page.get_by_test_id("activity-headline")
    expect(headline).to_have_text("Everything is done", timeout=ANALYSES_LIMIT_MS)
