"""Which complaints of decoders mean that a file is damaged, and how that is said to a person.

Decoders complain about much that nobody sees (a wrong profile, a missing reference at a cut): only what was seen
on damaged files and on no whole one counts.
"""

import re
from collections.abc import Iterable

CUT_SHORT = "cut short: the end of the file is missing"
BROKEN_INSIDE = "broken inside: part of it cannot be read"

_CUT = re.compile(
    r"premature end of JPEG|unexpected end of (?:file|gif source)|not enough data|end of stream"
    r"|JPEG EOI marker not found|Truncated (?:PNG image|'?mdat'? |'\w{4}' data)|partial file"
    r"|moov atom not found|File ended prematurely|truncat(?:ed|ing) packet",
    re.IGNORECASE,
)
_BROKEN = re.compile(
    # libjpeg: what is skipped between segments and before the end is no part of the picture
    r"bad Huffman code|premature end of data segment|instead of RST|extraneous bytes before marker 0xd[0-7]"
    r"|bad adaptive filter|Read Error at scanline|error in tile"
    r"|Corrupted JPEG image|JPEG format error"
    # ffmpeg
    r"|Invalid NAL unit size|Error splitting the input into NAL units|error while decoding MB"
    r"|corrupt decoded frame|concealing \d+ DC|Packet corrupt|Invalid data found when processing input"
    r"|ac-tex damaged|bytestream overread",
    re.IGNORECASE,
)


def damage_in(complaints: str | Iterable[str]) -> str | None:
    """What a decoder's complaints say about the file being whole; None when nothing."""
    text = complaints if isinstance(complaints, str) else "\n".join(complaints)
    if _CUT.search(text):
        return CUT_SHORT
    return BROKEN_INSIDE if _BROKEN.search(text) else None
