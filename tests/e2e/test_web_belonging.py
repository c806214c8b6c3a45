"""Files of one photo in the viewer: its moving part plays, a file is taken out, and undone."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.browsing import LOOKS, window
from tests.e2e.conftest import Site
from tests.integration.test_joining import film, picture


def test_a_moving_part_plays_and_is_taken_out_and_undone(browser: Browser, site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "moves"
    picture(folder / "MOVES.JPG", 5, "2021:05:01 10:00:02")
    film(folder / "MOVES.MOV", 2, None, "2021-05-01T10:00:00")
    with window(browser, site.fovea.address, LOOKS[3], site.state) as opened:
        page = opened.page
        for name in ("MOVES.MOV", "MOVES.JPG"):
            sent = page.request.post(
                f"/api/v1/assets?path=moves/{name}&source=one",
                data=(folder / name).read_bytes(),
                headers={"X-Fovea": "1", "Content-Type": "application/octet-stream"},
            )
            assert sent.ok, sent.text()
        page.goto(f"/asset/{sent.json()['asset']['id']}")
        play = page.get_by_test_id("play-moving")
        expect(play).to_be_visible(timeout=60_000)
        files = page.get_by_test_id("files")
        files.scroll_into_view_if_needed()
        opened.screenshot("viewer-files-moving")
        assert opened.violations() == []
        page.get_by_role("button", name="Take out moves/MOVES.MOV").click()
        expect(page.get_by_test_id("decision")).to_contain_text("taken out by a person")
        expect(play).to_be_hidden()
        opened.screenshot("viewer-files-taken-out")
        page.get_by_role("button", name="Undo: A file was taken out by a person.").click()
        expect(page.get_by_test_id("decision")).to_be_hidden()
        expect(play).to_be_visible()
