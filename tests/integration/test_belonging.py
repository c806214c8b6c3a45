"""What belongs together by where it lay: equal names of two people, two cards, two imports, in every way in."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from core.errors import LeftAside, SidecarAlone
from db import jobs
from db.connect import Database
from library.inbox import Inbox
from library.whence import local, sent
from tests.integration.shelf import Shelf, looked_again, open_shelf, taken_in
from tests.integration.test_joining import PAIR, XMP, apple_still, film, picture, raw_picture

REPORTS = Path(__file__).parent.parent / "data" / "reports"
OF_PROGRAMS = ("IMG_2.jpg.pp3", "IMG_2.dop", "INDEX.BDM", "C0001M01.XML", "DJI_0001.LRF", "IMG_2.jpg@SynoEAStream")


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as made:
        yield made


def takeout(path: Path, stamp: int, **more: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"photoTakenTime": {"timestamp": str(stamp)}, **more}))
    return path


def import_folder(shelf: Shelf, folder: Path, batch: str = "", *, move: bool = False) -> None:
    """As `fovea ingest FOLDER` does it: photos before sidecars, names relative to the folder."""
    ingest = shelf.ingest()
    files = sorted(
        (p for p in folder.rglob("*") if p.is_file() and p.name != "README"),
        key=lambda p: (p.suffix in (".json", ".xmp"), p),
    )
    for path in files:
        name = f"{folder.name}/{path.relative_to(folder)}"
        (ingest.move if move else ingest.copy)(path, name, "command", 1, local(path, batch))


def owners(shelf: Shelf) -> dict[str, str]:
    """Each sidecar's bytes (as text) and those of the photo that it went to, by their hashes."""
    rows = shelf.rows(
        "select encode(s.sha512, 'hex') as sidecar, encode(a.sha512, 'hex') as photo from file s"
        " join asset a on a.id = s.asset_id where s.role = 'sidecar'"
    )
    return {row["sidecar"]: row["photo"] for row in rows}


def digest(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


def roles(shelf: Shelf) -> list[list[str]]:
    """The files' roles and names, asset by asset."""
    rows = shelf.rows(
        "select array_agg(f.role || ' ' || regexp_replace(p.path, '^.*/', '') order by f.role, p.path) as files"
        " from file f join file_path p on p.file_id = f.id group by f.asset_id order by 1"
    )
    return [row["files"] for row in rows]


@pytest.mark.parametrize("way", ["copy", "move", "in place", "upload", "inbox", "one import"])
def test_two_people_with_equal_names(shelf: Shelf, tmp_path: Path, way: str) -> None:
    """Report 01: each JSON with the picture that lies beside it."""
    shutil.copytree(REPORTS / "01-same-names-two-takeouts", tmp_path / "in")
    expected = {}
    for person in ("anna", "ben"):
        photo = tmp_path / "in" / person / "Photos from 2019" / "IMG_0001.jpg"
        expected[digest(photo.with_name("IMG_0001.jpg.json"))] = digest(photo)
    for person in ("anna", "ben"):
        folder = tmp_path / "in" / person / "Photos from 2019"
        if way in ("copy", "move"):
            import_folder(shelf, folder, person, move=way == "move")
        elif way == "one import":
            import_folder(shelf, folder, "the same")
        elif way == "in place":
            taken_in(shelf, folder)
        elif way == "upload":
            for path in sorted(folder.iterdir(), key=lambda p: p.suffix == ".json"):
                upload(shelf, path, f"Photos from 2019/{path.name}", person)
        else:
            inbox = Inbox(tmp_path / "inbox", shelf.ingest(), lambda: 1)
            shutil.copytree(folder, tmp_path / "inbox" / "Photos from 2019", dirs_exist_ok=True)
            swept(inbox)
    assert owners(shelf) == expected


def upload(shelf: Shelf, path: Path, name: str, source: str = "") -> None:
    ingest = shelf.ingest()
    with ingest.receive() as received:
        received.write(path.read_bytes())
        ingest.finish(received, name, "web", 1, sent(source, name))


def swept(inbox: Inbox) -> None:
    for path in inbox.folder.rglob("*"):
        os.utime(path, (time.time() - 100, time.time() - 100))
    for _ in range(3):
        inbox.sweep()


def test_uploads_that_say_nothing_of_their_place(shelf: Shelf, tmp_path: Path) -> None:
    """Each after its photo is told apart; both photos first is refused, never guessed."""
    photos = [picture(tmp_path / f"{number}.jpg", number) for number in (1, 2, 3, 4)]
    texts = [takeout(tmp_path / f"{number}.json", 1400000000 + number) for number in (1, 2, 3, 4)]
    for photo, text in zip(photos[:2], texts[:2], strict=True):
        upload(shelf, photo, "IMG_1.jpg")
        upload(shelf, text, "IMG_1.jpg.json")
        upload(shelf, text, "IMG_1.jpg.json")
    right = {digest(text): digest(photo) for photo, text in zip(photos[:2], texts[:2], strict=True)}
    assert owners(shelf) == right
    with pytest.raises(SidecarAlone, match="several times"):  # another JSON, and no photo of its own
        upload(shelf, texts[2], "IMG_1.jpg.json")
    for photo in photos[2:]:
        upload(shelf, photo, "IMG_1.jpg")
    for text in texts[2:]:
        with pytest.raises(SidecarAlone, match="several times"):
            upload(shelf, text, "IMG_1.jpg.json")
    assert owners(shelf) == right


def test_three_cards_with_one_name(shelf: Shelf, tmp_path: Path) -> None:
    """Cards are mounted in one place after each other: a sidecar or raw picture goes to the photo of its card."""
    card = tmp_path / "card" / "DCIM"
    photos = {}
    for number in (1, 2, 3):
        shutil.rmtree(card, ignore_errors=True)
        photo = picture(card / "DSC_0001.JPG", number)  # no time in it
        raw_picture(card / "DSC_0001.DNG", f"2021:05:0{number} 10:00:00")
        xmp = card / "DSC_0001.JPG.xmp"
        xmp.write_text(XMP + f"<!-- {number} -->")
        photos[digest(xmp)] = digest(photo)
        import_folder(shelf, card, f"card {number}")
    assert owners(shelf) == photos
    assert roles(shelf) == [["original DSC_0001.JPG", "raw DSC_0001.DNG", "sidecar DSC_0001.JPG.xmp"]] * 3


def test_a_sidecar_of_a_later_import_finds_its_photo_where_it_lies(shelf: Shelf, tmp_path: Path) -> None:
    one, two = (picture(tmp_path / name / "IMG_1.jpg", number) for number, name in enumerate(("one", "two")))
    for photo in (one, two):
        import_folder(shelf, photo.parent, photo.parent.name)
    sidecar = takeout(tmp_path / "one" / "IMG_1.jpg.json", 1400000000)
    shelf.ingest().copy(sidecar, sidecar.name, "command", 1, local(sidecar, "later"))
    assert owners(shelf) == {digest(sidecar): digest(one)}
    picture(tmp_path / "three" / "IMG_1.jpg", 7)
    lonely = takeout(tmp_path / "three" / "IMG_1.jpg.json", 1500000000)
    with pytest.raises(SidecarAlone, match="not in the library"):  # its own photo did not come
        shelf.ingest().copy(lonely, lonely.name, "command", 1, local(lonely, "later"))
    elsewhere = takeout(tmp_path / "four" / "IMG_1.jpg.json", 1500000001)
    with pytest.raises(SidecarAlone, match="without its photo"):
        shelf.ingest().copy(elsewhere, elsewhere.name, "command", 1, local(elsewhere, "later"))


def test_in_place_names_elsewhere_do_not_count(shelf: Shelf, tmp_path: Path) -> None:
    """Also after a folder was renamed, and when the sidecar comes long after its photo."""
    top = tmp_path / "Pictures"
    one, two = (picture(top / name / "IMG_1.jpg", number) for number, name in enumerate(("one", "two")))
    taken_in(shelf, top)
    lonely = takeout(top / "IMG_1.jpg.json", 1300000000)
    (top / "one").rename(top / "first")
    looked_again(shelf)
    sidecar = takeout(top / "first" / "IMG_1.jpg.json", 1400000000)
    late = takeout(top / "one" / "IMG_1.jpg.json", 1500000000)
    looked_again(shelf)
    assert owners(shelf) == {digest(sidecar): digest(top / "first" / one.name)}
    other = takeout(two.with_name("IMG_1.jpg.json"), 1600000000)
    late.unlink()
    lonely.unlink()
    looked_again(shelf)
    assert owners(shelf) == {digest(sidecar): digest(top / "first" / one.name), digest(other): digest(two)}


def test_a_clip_of_a_photos_name_stays_alone(shelf: Shelf) -> None:
    """Report 02: cameras number photos and clips alike."""
    import_folder(shelf, REPORTS / "02-unrelated-clip-joined")
    assert roles(shelf) == [["original DSC_0001.JPG"], ["original DSC_0001.MOV"]]


@pytest.mark.parametrize("order", list(permutations(["IMG_1.jpeg", "IMG_1.JPG", "IMG_1.MOV"])))
@pytest.mark.parametrize("agree", [True, False])
def test_an_identifier_comes_before_any_name(
    shelf: Shelf, tmp_path: Path, order: tuple[str, ...], agree: bool
) -> None:
    """Report 04: a third file of the same name, whose time may even agree."""
    folder = tmp_path / "in"
    folder.mkdir()
    apple_still(folder / "IMG_1.jpeg", PAIR)
    film(folder / "IMG_1.MOV", 2, PAIR, "2020-01-01T10:00:01")
    picture(folder / "IMG_1.JPG", 3, "2020:01:01 10:00:00" if agree else "2020:03:01 10:00:00")
    for name in order:
        shelf.ingest().copy(folder / name, name, "command", 1)
    assert roles(shelf) == [["live IMG_1.MOV", "original IMG_1.jpeg"], ["original IMG_1.JPG"]]


def test_times_that_agree_make_a_pair(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    picture(folder / "A.JPG", 1, "2021:05:01 10:00:02")
    film(folder / "A.MOV", 2, None, "2021-05-01T10:00:00")
    picture(folder / "IMG_20210501_100002.jpg", 2)  # no time but that of their names
    film(folder / "IMG_20210501_100002.mp4", 3)
    picture(folder / "IMG_0007.jpg", 3)
    film(folder / "IMG_0007.mp4", 4)
    import_folder(shelf, folder)
    assert roles(shelf) == [
        ["live A.MOV", "original A.JPG"],
        ["live IMG_20210501_100002.mp4", "original IMG_20210501_100002.jpg"],
        ["original IMG_0007.jpg"],
        ["original IMG_0007.mp4"],
    ]


@pytest.mark.parametrize("turned", [True, False])
def test_pixels_names(shelf: Shelf, tmp_path: Path, turned: bool) -> None:
    """Reports 35 and 36, portraits, night raws and bursts."""
    folder = tmp_path / "in"
    for report in ("35-pixel-mp", "36-pixel-raw-cover"):
        shutil.copytree(REPORTS / report, folder, dirs_exist_ok=True)
    (folder / "README").unlink()
    for number, name in enumerate(
        (
            *("PXL_20230101_101010123.PORTRAIT-01.COVER.jpg", "PXL_20230101_101010123.PORTRAIT-02.ORIGINAL.jpg"),
            *("00100lrPORTRAIT_00100_BURST20200910134005933_COVER.jpg",),
            *("00000PORTRAIT_00000_BURST20200910134005933.jpg",),
            *("PXL_20230101_101011123.BURST-01.COVER.jpg", "PXL_20230101_101011123.BURST-02.jpg"),
            *("00000IMG_00000_BURST20190101120000123_COVER.jpg", "00001IMG_00001_BURST20190101120000123.jpg"),
        )
    ):
        picture(folder / name, number)
    picture(folder / "PXL_1.NIGHT.RAW-01.MP.COVER.jpg", 21, "2025:01:26 16:49:31")
    raw_picture(folder / "PXL_1.NIGHT.RAW-02.ORIGINAL.dng", "2025:01:26 16:49:31")
    picture(folder / "PXL_20240503_140000123.MP~2.jpg", 22)
    film(folder / "x.mp4", 3).rename(folder / "PXL_20240503_140000123.MP~2")
    files = sorted(folder.iterdir(), reverse=turned)
    for path in files:
        shelf.ingest().copy(path, path.name, "command", 1, local(path, "one"))
    assert roles(shelf) == [
        ["live PXL_20240503_133015123.MP", "original PXL_20240503_133015123.MP.jpg"],
        ["live PXL_20240503_140000123.MP~2", "original PXL_20240503_140000123.MP~2.jpg"],
        ["original 00000IMG_00000_BURST20190101120000123_COVER.jpg"],
        ["original 00001IMG_00001_BURST20190101120000123.jpg"],
        [
            "original 00100lrPORTRAIT_00100_BURST20200910134005933_COVER.jpg",
            "variant 00000PORTRAIT_00000_BURST20200910134005933.jpg",
        ],
        ["original PXL_1.NIGHT.RAW-01.MP.COVER.jpg", "raw PXL_1.NIGHT.RAW-02.ORIGINAL.dng"],
        [
            "original PXL_20230101_101010123.PORTRAIT-01.COVER.jpg",
            "variant PXL_20230101_101010123.PORTRAIT-02.ORIGINAL.jpg",
        ],
        ["original PXL_20230101_101011123.BURST-01.COVER.jpg"],
        ["original PXL_20230101_101011123.BURST-02.jpg"],
        [
            "original PXL_20250126_164931991.RAW-01.COVER.jpg",
            "raw PXL_20250126_164931991.RAW-02.ORIGINAL.dng",
        ],
    ]


@pytest.mark.parametrize("report", ["31-takeout-json-without-ending", "32-sidecar-other-case"])
@pytest.mark.parametrize("in_place", [True, False])
def test_sidecars_of_odd_names(shelf: Shelf, tmp_path: Path, report: str, in_place: bool) -> None:
    folder = tmp_path / "in"
    shutil.copytree(REPORTS / report, folder)
    (folder / "README").unlink()
    if in_place:
        taken_in(shelf, folder)
    else:
        import_folder(shelf, folder)
    assert len(owners(shelf)) == 1


@pytest.mark.parametrize("order", list(permutations(["IMG_77.jpg", "IMG_77-edited.jpg", "IMG_77.jpg.json"])))
def test_the_edited_version_has_the_same_takeout_file(
    shelf: Shelf, tmp_path: Path, order: tuple[str, ...]
) -> None:
    """Report 34, whatever comes first; what has a JSON of its own keeps to that."""
    folder = tmp_path / "in"
    shutil.copytree(REPORTS / "34-takeout-edited", folder)
    waiting = list(order)
    for name in (*order, *order):
        if name in waiting:
            try:
                shelf.ingest().copy(folder / name, name, "command", 1, local(folder / name, "one"))
                waiting.remove(name)
            except SidecarAlone:
                assert order[0] == name or shelf.count("asset") < 2
    assert sorted(len(each["sidecars"]) for each in claimed(shelf)) == [1, 1]
    own = takeout(folder / "IMG_77-edited.jpg.json", 1500000000)
    shelf.ingest().copy(own, own.name, "command", 1, local(own, "one"))
    edited = shelf.rows("select id from asset where name = 'IMG_77-edited.jpg'")[0]["id"]
    (job,) = [each for each in claimed(shelf) if each["asset_id"] == edited]
    assert len(job["sidecars"]) == 1


def claimed(shelf: Shelf) -> list[dict[str, Any]]:
    """The waiting jobs of `metadata`, as a worker gets them; they wait again afterwards."""
    found = []
    for row in shelf.rows("select id from job where analysis = 'metadata'"):
        with shelf.database.transaction() as connection:
            connection.execute("update job set state = 'waiting' where id = %s", [row["id"]])
            job = jobs.claim(connection, row["id"], "test", 60)
            assert job is not None
            found.append({"asset_id": job.asset_id, "sidecars": job.sidecars})
            connection.execute("update job set state = 'waiting', leased_by = null where id = %s", [row["id"]])
    return found


def test_what_systems_leave_is_left_aside_quietly(shelf: Shelf, tmp_path: Path) -> None:
    """Reports 40 and 53, and what other systems and programs leave."""
    folder = tmp_path / "in"
    for report in ("40-nas-litter", "53-refused-noise"):
        shutil.copytree(REPORTS / report, folder, dirs_exist_ok=True)
    (folder / "README").unlink()
    for name in (
        "@Recycle/x.jpg",
        "#snapshot/y.jpg",
        "Catalog Previews.lrdata/z.jpg",
        "GX01.THM",
        "Photos.lrcat",
        *OF_PROGRAMS,
    ):
        picture(folder / name, len(name))
    (folder / "metadata.json").write_text('{"title": "Trip", "access": "protected", "date": {}, "geoData": {}}')
    (folder / "print-subscriptions.json").write_text("{}")
    (folder / "Metadaten.json").write_text('{"title": "Ferien"}')
    found = taken_in(shelf, folder)
    assert found.counts["refused"] == 0
    assert roles(shelf) == [
        ["original IMG_1.JPG"],
        ["original IMG_1.jpg"],
        ["original IMG_9.jpg", "sidecar IMG_9_01.jpg.xmp"],
    ]
    with pytest.raises(LeftAside):
        shelf.ingest().copy(folder / "Metadaten.json", "Metadaten.json", "command", 1)
