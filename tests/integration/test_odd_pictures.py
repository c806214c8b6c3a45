"""Pictures that one decoder alone reads not at all, or wrongly: reports 41, 52, 58 and their like."""

import io
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import piexif
import pillow_heif
import pillow_jxl
import pytest
from PIL import Image

from core.errors import PermanentError, RefusedFile, UnreadableMedia
from media.child import Child
from media.kinds import sniff, sniff_bytes
from media.rendering import Rendered, render_picture
from tests.bmp_files import Bitmap, write_bmp
from tests.integration.test_formats import similarity_db
from tests.media_files import media_files
from tests.photoshop_files import write_photoshop

REPORTS = Path(__file__).parents[1] / "data" / "reports"
Show = Callable[[Path], tuple[Rendered, Image.Image]]


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child() as opened:
        yield opened


@pytest.fixture
def show(child: Child, tmp_path: Path) -> Show:
    """Render a file as `preview` does; answers what is said of it and the preview."""
    made = 0

    def render(path: Path) -> tuple[Rendered, Image.Image]:
        nonlocal made
        made += 1
        out = tmp_path / f"out{made}.jpg"
        rendered = render_picture(child, path, sniff(path).mime, out, out.with_suffix(".webp"))
        with Image.open(out) as picture:
            return rendered, picture.convert("RGB")

    return render


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    with Image.open(media_files().path("pictures") / "astronaut.png") as picture:
        return picture.convert("RGB").resize((240, 160))


def kept(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# Report 41


def test_an_animated_avif_is_shown_by_its_first_frame(show: Show, tmp_path: Path, photo: Image.Image) -> None:
    rendered, _ = show(REPORTS / "41-animated-avif" / "colors-animated-8bpc.avif")
    assert (rendered.width, rendered.height, rendered.damaged) == (150, 150, None)
    moving = io.BytesIO()
    photo.save(moving, "AVIF", save_all=True, append_images=[Image.new("RGB", photo.size, "red")], quality=90)
    assert moving.getvalue()[8:12] == b"avis"
    rendered, shown = show(kept(tmp_path / "a.avif", moving.getvalue()))
    assert similarity_db(shown, photo) >= 27
    assert rendered.damaged is None
    with pytest.raises(UnreadableMedia):
        show(kept(tmp_path / "b.avif", moving.getvalue()[:300]))


# Photoshop and JPEG 2000


@pytest.mark.parametrize("name", ["hopper.psd", "hopper_merged.psd"])
def test_a_photoshop_document_is_shown_flattened(show: Show, name: str) -> None:
    rendered, shown = show(media_files().path("formats-hopper") / name)
    with Image.open(media_files().path("formats-hopper") / "hopper.ppm") as hopper:
        assert similarity_db(shown, hopper.convert("RGB")) >= 30
    assert rendered.damaged is None


MODES = ["RGB 8", "RGB 16", "RGB 32", "grey 8", "grey 16", "CMYK 8", "indexed 8", "Lab 8", "bitmap 1"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("packing", [0, 1, 2])
@pytest.mark.parametrize("large", [False, True])
def test_photoshop_modes(
    show: Show, tmp_path: Path, photo: Image.Image, mode: str, packing: int, large: bool
) -> None:
    data, wanted = write_photoshop(photo.resize((61, 40)), mode, packing, large=large)
    rendered, shown = show(kept(tmp_path / "a.psd", data))
    assert (rendered.width, rendered.height, rendered.damaged) == (61, 40, None)
    assert similarity_db(shown, wanted) >= 27


def test_a_document_without_a_flattened_picture_is_shown_by_its_thumbnail(
    show: Show, tmp_path: Path, photo: Image.Image
) -> None:
    thumbnail = io.BytesIO()
    photo.save(thumbnail, "JPEG", quality=95)
    data, _ = write_photoshop(Image.new("RGB", (480, 320), "white"), "RGB 8", 1, thumbnail=thumbnail.getvalue())
    _, shown = show(kept(tmp_path / "a.psd", data))
    assert similarity_db(shown, photo) >= 27
    data, _ = write_photoshop(Image.new("RGB", (480, 320), "white"), "RGB 8", 1, thumbnail=b"")
    with pytest.raises(UnreadableMedia, match="layers alone cannot be shown"):
        show(kept(tmp_path / "b.psd", data))


def test_cut_and_hostile_documents(show: Show, tmp_path: Path, photo: Image.Image) -> None:
    data, _ = write_photoshop(photo, "RGB 8", 0)
    rendered, _ = show(kept(tmp_path / "half.psd", data[: len(data) // 2]))
    assert rendered.damaged == "cut short: the end of the file is missing"
    for at, value, error in (
        (14, 3_000_000, PermanentError),
        (26, 0xFFFFFFF0, UnreadableMedia),
        (22, 7, UnreadableMedia),
    ):
        changed = bytearray(data)
        struct.pack_into(">I" if at != 22 else ">H", changed, at, value)
        with pytest.raises(error):
            show(kept(tmp_path / "hostile.psd", bytes(changed)))


@pytest.mark.parametrize("suffix", ["jp2", "j2k"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA", "I;16"])
def test_jpeg_2000(show: Show, tmp_path: Path, photo: Image.Image, suffix: str, mode: str) -> None:
    path = tmp_path / f"a.{suffix}"
    wanted = photo if mode.startswith("RGB") else photo.convert("L").convert("RGB")
    if mode == "I;16":
        Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) * 257).save(path)
    else:
        photo.convert(mode).save(path)
    rendered, shown = show(path)
    assert (rendered.width, rendered.height, rendered.damaged) == (240, 160, None)
    assert similarity_db(shown, wanted) >= 27
    data = path.read_bytes()
    at = data.index(b"\xff\x51") + 6  # the size of the picture (ISO/IEC 15444-1, SIZ)
    bomb = data[:at] + struct.pack(">II", 200_000, 200_000) + data[at + 8 :]
    with pytest.raises(PermanentError):
        show(kept(tmp_path / f"b.{suffix}", bomb))


# Report 52

_565, _555 = (0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)
_GREY = {"grey": True}
BITMAPS: dict[str, dict[str, object]] = {
    "16 bits": {"depth": 16},
    "16 bits, 565": {"depth": 16, "packing": 3, "masks": _565},
    "16 bits, 565, version 4": {"depth": 16, "packing": 3, "masks": _565, "header": 108},
    "16 bits, 4444, version 5": {"depth": 16, "packing": 3, "masks": (0xF00, 0xF0, 0xF, 0xF000), "header": 124},
    "24 bits": {"depth": 24},
    "24 bits, top down": {"depth": 24, "top_down": True},
    "24 bits, OS/2": {"depth": 24, "header": 12},
    "24 bits, OS/2 version 2": {"depth": 24, "header": 64},
    "24 bits, OS/2 version 2, short": {"depth": 24, "header": 16},
    "32 bits": {"depth": 32},
    "32 bits, fields": {"depth": 32, "packing": 3, "masks": (0xFF000000, 0xFF0000, 0xFF00)},
    "32 bits, fields of 10": {"depth": 32, "packing": 3, "masks": (0x3FF00000, 0xFFC00, 0x3FF)},
    "32 bits, uneven fields": {"depth": 32, "packing": 3, "masks": (0xFFE00000, 0x1FFC00, 0x3FF), "header": 52},
    "32 bits, alpha": {"depth": 32, "packing": 3, "masks": (0xFF, 0xFF00, 0xFF0000, 0xFF000000), "header": 56},
    "32 bits, alpha fields": {"depth": 32, "packing": 6, "masks": (0xFF, 0xFF00, 0xFF0000, 0xFF000000)},
    "32 bits, version 4, top down": {
        "depth": 32, "packing": 3, "masks": (0xFF0000, 0xFF00, 0xFF, 0xFF000000), "header": 108, "top_down": True,
    },
    "1 bit": {"depth": 1, **_GREY},
    "2 bits": {"depth": 2, **_GREY},
    "4 bits": {"depth": 4, **_GREY},
    "8 bits": {"depth": 8, **_GREY},
    "8 bits, version 5, top down": {"depth": 8, "header": 124, "top_down": True, **_GREY},
    "8 bits, OS/2": {"depth": 8, "header": 12, **_GREY},
    "8 bits, runs": {"depth": 8, "packing": 1, **_GREY},
    "4 bits, runs": {"depth": 4, "packing": 2, **_GREY},
}  # fmt: skip


@pytest.mark.parametrize("kind", BITMAPS)
def test_bitmaps_of_every_kind(show: Show, tmp_path: Path, photo: Image.Image, kind: str) -> None:
    options = dict(BITMAPS[kind])
    small = photo.resize((61, 40))
    wanted = small.convert("L").convert("RGB") if options.pop("grey", False) else small
    depth = int(str(options["depth"]))
    if depth < 8:  # no more levels than it has
        most = (1 << depth) - 1
        wanted = wanted.point([round(level / 255 * most) * 255 // most for level in range(256)] * 3)
    data = write_bmp(Bitmap(np.asarray(wanted), **options))  # type: ignore[arg-type]
    rendered, shown = show(kept(tmp_path / "a.bmp", data))
    assert (rendered.width, rendered.height, rendered.damaged) == (61, 40, None)
    assert similarity_db(shown, wanted) >= (20 if depth < 4 or "4444" in kind else 27)


def test_the_reported_bitmap_and_a_cut_one(show: Show, tmp_path: Path, photo: Image.Image) -> None:
    rendered, shown = show(REPORTS / "52-bmp-bitfields" / "rgb32bf.bmp")
    assert (rendered.width, rendered.height, rendered.damaged) == (127, 64, None)
    assert [round(float(mean)) for mean in np.asarray(shown).mean(axis=(0, 1))] == [122, 119, 123]
    data = write_bmp(Bitmap(np.asarray(photo), 24))
    rendered, _ = show(kept(tmp_path / "half.bmp", data[: len(data) // 2]))
    assert rendered.damaged == "cut short: the end of the file is missing"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({18: 200_000, 22: 200_000}, PermanentError),  # 40,000 megapixels in a few bytes
        ({18: -5}, UnreadableMedia),
        ({18: 0}, UnreadableMedia),
        ({30: 9}, UnreadableMedia),
        ({10: 1 << 30}, UnreadableMedia),
    ],
)
def test_hostile_bitmaps_are_refused(
    show: Show, tmp_path: Path, photo: Image.Image, change: dict[int, int], error: type[Exception]
) -> None:
    data = bytearray(write_bmp(Bitmap(np.asarray(photo), 24)))
    for at, value in change.items():
        struct.pack_into("<i", data, at, value)
    with pytest.raises(error):
        show(kept(tmp_path / "a.bmp", bytes(data)))


# Report 58


@pytest.mark.parametrize("name", ["lightning_mini.heif", "simple_osm_tile_meta.avif"])
def test_heif_in_its_short_form_is_said_to_be_a_picture(name: str) -> None:
    with pytest.raises(RefusedFile, match=r"a still picture of a kind .* does not read yet \(HEIF in its"):
        sniff(REPORTS / "58-mini-heif" / name)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\0\0\0\x14ftypmif3\0\0\0\0avif", "mini"),
        (b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x20mini" + bytes(24), "mini"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avci", "HEIF"),
        (b"\0\0\0\x18ftypavci\0\0\0\0mif1miaf", "H.264"),
        (b"\0\0\0\x18ftypj2ki\0\0\0\0mif1miaf", "JPEG 2000"),
        (b"\0\0\0\x18ftypvvic\0\0\0\0mif1miaf", "H.266"),
        (b"\0\0\0\x14ftypxxxx\0\0\0\0xxxx\0\0\0\x40meta\0\0\0\0\0\0\0\x21hdlr\0\0\0\0\0\0\0\0pict", "HEIF"),
    ],
)
def test_other_still_pictures_are_no_films(head: bytes, what: str) -> None:
    with pytest.raises(RefusedFile, match=f"still picture .*{what}"):
        sniff_bytes(head.ljust(200, b"\0"), "a.heif")


# Grey of more than 8 bits


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("size", [(240, 160), (61, 43)])
def test_grey_heif_of_more_bits(
    show: Show,
    tmp_path: Path,
    photo: Image.Image,
    bits: int,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", bits == 12)
    grey = photo.convert("L").resize(size)
    deep = np.asarray(grey).astype(np.uint16) * 257
    made = pillow_heif.from_bytes(mode="I;16", size=size, data=deep.tobytes())
    made.save(tmp_path / "a.heic", quality=95)
    rendered, shown = show(tmp_path / "a.heic")
    assert (rendered.width, rendered.height) == size
    assert similarity_db(shown, grey.convert("RGB")) >= 30


# Which way up


def exif_of(orientation: int) -> bytes:
    block: bytes = piexif.dump({"0th": {piexif.ImageIFD.Orientation: orientation}})
    return block


def lying(photo: Image.Image, orientation: int) -> Image.Image:
    turns = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270, 3: Image.Transpose.ROTATE_180}
    return photo.transpose(turns[orientation]) if orientation in turns else photo


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("suffix", ["heic", "avif", "webp", "png", "jxl"])
def test_a_picture_that_only_its_exif_turns_is_upright(
    show: Show, tmp_path: Path, photo: Image.Image, suffix: str, orientation: int
) -> None:
    stored, path = lying(photo, orientation), tmp_path / f"a.{suffix}"
    exif = exif_of(orientation)
    if suffix == "heic":
        made = pillow_heif.from_pillow(stored)
        made.save(path, quality=95, exif=exif)
        # With its EXIF the library writes irot as well: a box of a kind that nobody knows in its place.
        kept(path, path.read_bytes().replace(b"irot", b"free").replace(b"imir", b"free"))
    elif suffix == "avif":
        # Pillow makes irot of an orientation and takes it out of the EXIF: it gets in under another tag's number.
        other = piexif.dump({"0th": {piexif.ImageIFD.Threshholding: orientation}})
        stored.save(path, quality=95, exif=other)
        data = path.read_bytes()
        assert data.count(b"\x01\x07\x00\x03") == 1
        kept(path, data.replace(b"\x01\x07\x00\x03", b"\x01\x12\x00\x03"))
    elif suffix == "jxl":
        encoded = pillow_jxl.Encoder(mode="RGB", lossless=True)(stored.tobytes(), *stored.size, False)
        kept(path, jxl_with_exif(bytes(encoded), exif[6:]))
    else:
        stored.save(path, exif=exif, lossless=True)
    rendered, shown = show(path)
    assert (rendered.width, rendered.height) == photo.size
    assert similarity_db(shown, photo) >= 27


def jxl_with_exif(codestream: bytes, exif: bytes) -> bytes:
    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", 8 + len(content)) + kind + content

    if not codestream.startswith(b"\xff\x0a"):
        return codestream + box(b"Exif", bytes(4) + exif)
    head = bytes.fromhex("0000000c4a584c200d0a870a") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
    return head + box(b"Exif", bytes(4) + exif) + box(b"jxlc", codestream)


@pytest.mark.parametrize("suffix", ["heic", "avif"])
def test_what_turns_itself_is_not_turned_twice(
    show: Show, tmp_path: Path, photo: Image.Image, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    stored = lying(photo, 6)
    if suffix == "heic":
        made = pillow_heif.from_pillow(stored)
        made[0].info["exif"] = exif_of(6)
        made.save(path, quality=95)
    else:
        stored.save(path, quality=95, exif=exif_of(6))
    if b"irot" not in path.read_bytes():
        pytest.fail("the encoder wrote no irot")
    rendered, shown = show(path)
    assert (rendered.width, rendered.height) == photo.size
    assert similarity_db(shown, photo) >= 27


# Broken inside, and blank


def test_a_jpeg_broken_inside_is_shown_as_far_as_any_decoder_comes(
    show: Show, tmp_path: Path, photo: Image.Image
) -> None:
    plain = io.BytesIO()
    photo.resize((960, 640)).save(plain, "JPEG", quality=90)
    data = plain.getvalue()
    tables = data.index(b"\xff\xda") + 14
    for name, at, rubbish in (
        ("marker", len(data) // 2, b"\xff\xc1\x00\x04ab"),  # another frame begins
        ("unknown", len(data) // 2, b"\xff\x02\xff\xbf"),
        ("scan", tables + (len(data) - tables) // 2, b"\xff\xda\x00\x02"),
        ("zeros", len(data) // 2, bytes(2000)),
    ):
        rendered, shown = show(kept(tmp_path / f"{name}.jpg", data[:at] + rubbish + data[at + len(rubbish) :]))
        assert (rendered.width, rendered.height) == (960, 640)
        assert rendered.damaged, name
        top = shown.crop((0, 0, 960, 200))
        assert similarity_db(top, photo.resize((960, 640)).crop((0, 0, 960, 200))) >= 20, name


def tiff_packed_as(photo: Image.Image, number: int) -> bytes:
    """A TIFF that claims a way of packing which its data is not in."""
    plain = io.BytesIO()
    photo.save(plain, "TIFF")
    data = bytearray(plain.getvalue())
    (folder,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, folder)
    for at in range(folder + 2, folder + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, at)[0] == 259:
            struct.pack_into("<H", data, at + 8, number)
    return bytes(data)


@pytest.mark.parametrize(
    ("number", "name"), [(34925, "LZMA"), (34887, "LERC"), (34661, "JBIG"), (50001, "WebP"), (50002, "JPEG XL"),
                         (5, "LZW"), (8, "Deflate"), (7, "JPEG"), (32809, "ThunderScan"), (60000, "60000")],
)  # fmt: skip
def test_a_tiff_that_cannot_be_unpacked_is_refused_not_black(
    show: Show, tmp_path: Path, photo: Image.Image, number: int, name: str
) -> None:
    with pytest.raises(UnreadableMedia, match=name):
        show(kept(tmp_path / "a.tif", tiff_packed_as(photo, number)))


@pytest.mark.parametrize("colour", ["black", "white", (10, 120, 60)])
@pytest.mark.parametrize("suffix", ["tif", "png", "jpg", "bmp", "webp"])
def test_a_picture_of_one_colour_is_a_picture(
    show: Show, tmp_path: Path, suffix: str, colour: str | tuple[int, int, int]
) -> None:
    Image.new("RGB", (64, 48), colour).save(tmp_path / f"a.{suffix}")
    rendered, shown = show(tmp_path / f"a.{suffix}")
    assert rendered.damaged is None
    assert np.asarray(shown).std(axis=(0, 1)).max() < 1


@pytest.mark.parametrize("packing", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma"])
def test_tiffs_of_every_packing_that_some_decoder_knows(
    show: Show, tmp_path: Path, photo: Image.Image, packing: str
) -> None:
    photo.save(tmp_path / "a.tif", compression=packing)
    rendered, shown = show(tmp_path / "a.tif")
    assert rendered.damaged is None
    assert similarity_db(shown, photo) >= 27
