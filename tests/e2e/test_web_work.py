"""Work that a person starts and watches in a browser: a language forced, long deeds, folders with sidecars."""

import json
import re
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import LOOKS, Window, drop, window
from tests.e2e.conftest import Site
from tests.media_files import media_files

AGAIN_MS = 120_000  # a video's speech written down anew, on a machine that is busy
OURS = {"X-Fovea": "1"}
TAKEOUT = {"title": "lonely.jpg", "photoTakenTime": {"timestamp": "1463839200"}, "geoData": {"latitude": 0.0}}
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>
<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"""


def test_a_person_says_which_language_is_spoken(browser: Browser, site: Site) -> None:
    with window(browser, site.fovea.address, LOOKS[3], site.state) as opened:
        page = opened.page
        page.goto('/search?q=said:"ask not"')
        page.get_by_role("link", name=re.compile("speech.mp4")).click()
        language, choice = page.get_by_test_id("language"), page.get_by_label("Spoken language")
        expect(language).to_contain_text("English")
        expect(language).not_to_contain_text("decided by a person")
        before = page.get_by_test_id("transcript-line").all_inner_texts()
        choice.select_option("de")
        # the page hears of it by itself when the transcript is there; until then the old one stays
        expect(language).to_contain_text("German", timeout=AGAIN_MS)
        expect(language).to_contain_text("decided by a person")
        assert page.get_by_test_id("transcript-line").all_inner_texts() != before
        language.scroll_into_view_if_needed()
        opened.screenshot("viewer-language")
        assert opened.violations() == []
        choice.select_option("auto")
        expect(language).to_contain_text("English", timeout=AGAIN_MS)
        expect(language).not_to_contain_text("decided by a person")
        assert page.get_by_test_id("transcript-line").all_inner_texts() == before
        assert opened.complaints == []


def test_long_work_is_seen_ended_and_goes_on(opened: Window) -> None:
    page = opened.page
    page.goto("/activity")
    row = page.locator("[data-analysis=faces]")
    row.get_by_role("button", name="Pause faces").click()
    expect(row).to_contain_text("paused")
    _again(page)
    deeds = page.get_by_test_id("deeds").get_by_role("listitem")
    first = deeds.first
    expect(first).to_have_attribute("data-state", "running")
    bar = first.get_by_role("progressbar", name="faces: all")
    expect(bar).to_have_attribute("aria-valuenow", "0")
    expect(bar).to_have_attribute("aria-valuemax", "5")
    opened.screenshot("activity-work")
    assert opened.violations() == []
    first.get_by_role("button", name="End faces: all").click()
    expect(first).to_have_attribute("data-state", "cancelled")
    expect(row).to_contain_text("paused")
    _again(page)
    expect(first).to_have_attribute("data-state", "running")
    row.get_by_role("button", name="Resume faces").click()
    expect(first).to_have_attribute("data-state", "done", timeout=AGAIN_MS)
    expect(first).to_contain_text("5 of 5")
    expect(page.get_by_test_id("activity-headline")).to_have_text("Everything is done", timeout=AGAIN_MS)


def test_a_look_through_a_folder_is_seen(browser: Browser, site: Site) -> None:
    folder = site.fovea.folder / "Pictures in place"
    folder.mkdir()
    (folder / "the bus again.jpg").write_bytes(media_files().path("bus").read_bytes())
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        page = opened.page
        page.goto("/activity")
        page.locator("[data-analysis=speech]").wait_for()
        first = page.get_by_test_id("deeds").get_by_role("listitem").first
        assert site.fovea.command("ingest", "--in-place", str(folder)).returncode == 0
        expect(first).to_contain_text("Import of Pictures in place")
        assert site.fovea.command("rescan").returncode == 0
        expect(first).to_contain_text("Look through Pictures in place")
        expect(first).to_have_attribute("data-state", "done")
        expect(first).to_contain_text("1 of 1")
        expect(first).to_contain_text("1 unchanged")


def test_sidecars_come_after_their_photos_in_whatever_order_they_are_dropped(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "a.xmp").write_text(XMP.format("an excursion to the lighthouse"))
    Image.linear_gradient("L").resize((90, 60)).save(tmp_path / "a.jpg")
    lonely = tmp_path / "lonely.jpg.json"
    lonely.write_text(json.dumps(TAKEOUT))
    Image.linear_gradient("L").resize((60, 90)).rotate(40).save(tmp_path / "lonely.jpg")
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        page = opened.page
        page.goto("/activity")
        page.locator("[data-analysis=speech]").wait_for()
        summary = page.get_by_test_id("upload-summary")
        drop(page, [tmp_path / "a.xmp", lonely, tmp_path / "a.jpg"])
        expect(summary).to_contain_text("2 new · 1 refused")
        panel = page.get_by_test_id("upload-panel").get_by_role("listitem")
        expect(panel.filter(has_text="a.xmp")).to_contain_text("stored")
        expect(panel.filter(has_text="lonely.jpg.json")).to_contain_text("a sidecar without its photo")
        drop(page, [tmp_path / "lonely.jpg"])  # its sidecar is sent once more by itself
        expect(summary).to_contain_text("4 new")
        expect(summary).not_to_contain_text("refused")
        _wait_until_found(page, "lighthouse", "a.jpg")
        _remove_for_good(page, {"a.jpg", "lonely.jpg"})
        assert opened.complaints == []


def test_an_import_that_refuses_and_a_broken_file_say_so(browser: Browser, site: Site, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    whole = Image.effect_noise((300, 200), 60)
    whole.convert("RGB").save(card / "whole.jpg")
    (card / "broken.tif").write_bytes(b"II*\0" + bytes(60))  # called a picture, and none that can be shown
    for name in ("bill.pdf", "letter.pdf"):
        (card / name).write_bytes(b"%PDF-1.7\n" + name.encode())
    done = site.fovea.command("ingest", str(card))
    assert (done.returncode, done.stdout.split(",")[-1].strip()) == (1, "2 refused")
    for look in LOOKS:
        with window(browser, site.fovea.address, look, site.state) as opened:
            page = opened.page
            page.goto("/activity")
            deed = page.get_by_test_id("deeds").get_by_role("listitem").filter(has_text="card").first
            expect(deed).to_contain_text("ended · 2 stored · 2 refused")
            deed.get_by_test_id("refused").locator("summary").click()
            expect(deed).to_contain_text(f"stays at {card / 'bill.pdf'}")
            headline = page.get_by_test_id("activity-headline")
            expect(headline).to_have_text(
                re.compile("Nothing left to do · [0-9]+ jobs? failed, see below"), timeout=AGAIN_MS
            )
            failures = page.get_by_role("region", name="What failed")
            expect(failures).to_contain_text("trying again would not help")
            expect(failures.get_by_role("button", name=re.compile("Retry"))).to_have_count(0)
            opened.screenshot("activity-refused")
            assert opened.violations() == []
            failures.locator("summary").first.click()
            failures.get_by_role("link", name="broken.tif").first.click()
            expect(page.get_by_role("heading", name="broken.tif")).to_be_visible()
            for answer in ("who", "what", "written"):
                told = page.locator(f"[data-answer={answer}]")
                expect(told).to_contain_text(re.compile("Left out: it needs preview, which failed"))
            opened.screenshot("viewer-broken")
            assert opened.violations() == []
            opened.complaints[:] = [one for one in opened.complaints if "broken" not in one and "404" not in one]
            assert opened.complaints == []
    with window(browser, site.fovea.address, LOOKS[0], site.state) as opened:
        opened.page.goto("/activity")
        _remove_for_good(opened.page, {"whole.jpg", "broken.tif"})


def _again(page: Page) -> None:
    asked = page.request.post("/api/v1/analyses/faces/requeue", headers=OURS, data={"which": "all"})
    assert asked.ok, asked.text()


def _wait_until_found(page: Page, words: str, name: str) -> None:
    deadline = time.monotonic() + AGAIN_MS / 1000
    while True:
        hits = page.request.get(f"/api/v1/search?q={words}").json()["items"]
        if [hit["asset"]["name"] for hit in hits] == [name]:
            return
        assert time.monotonic() < deadline, f"{words} finds {hits}"
        page.wait_for_timeout(200)


def _remove_for_good(page: Page, names: set[str], limit_s: float = 60) -> None:
    """As it was before, for the other tests; what a worker holds at this moment is removed a moment later."""
    for asset in page.request.get("/api/v1/assets?limit=0").json()["items"]:
        if asset["name"] in names:
            assert page.request.delete(f"/api/v1/assets/{asset['id']}", headers=OURS).ok
    deadline = time.monotonic() + limit_s
    while page.request.delete("/api/v1/trash", headers=OURS).json()["left"]:
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
