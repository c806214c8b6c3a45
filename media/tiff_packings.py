"""How a TIFF is packed, for people: some ways no decoder at hand can unpack."""

from pathlib import Path

from media.reading import reading
from media.tiff_facts import TiffFacts

_PACKINGS = {
    2: "CCITT",
    3: "fax, group 3",
    4: "fax, group 4",
    5: "LZW",
    6: "JPEG of the old kind",
    7: "JPEG",
    8: "Deflate",
    9: "JBIG",
    10: "JBIG",
    32766: "NeXT",
    32773: "PackBits",
    32809: "ThunderScan",
    32909: "PixarLog",
    32946: "Deflate",
    34661: "JBIG",
    34676: "SGI Log",
    34677: "SGI Log",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG of DNG",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}


def packing_of_tiff(path: Path) -> str | None:
    """How the first picture of a TIFF is packed, by name or number; None when it is not, or no TIFF."""
    with reading(path) as (read_at, _):
        number = TiffFacts(read_at).packing()
    return None if number is None or number == 1 else _PACKINGS.get(number, f"no. {number}")
