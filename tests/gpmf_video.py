"""A video with a track of GoPro's telemetry (GPMF), put together from a video and the payloads of its seconds.

No registry has a whole GoPro video of a bearable size; npm's gopro-telemetry has what such videos hold inside.
The boxes are those of ISO/IEC 14496-12, the sample entry is GoPro's ("gpmd").
"""

import struct


def payloads_in(dump: bytes) -> list[bytes]:
    """The whole seconds ("DEVC" blocks) in a dump of GPMF."""
    found, at = [], 0
    while (at := dump.find(b"DEVC", at)) >= 0:
        size, repeat = struct.unpack(">BH", dump[at + 5 : at + 8])
        if at + 8 + size * repeat <= len(dump):
            found.append(dump[at : at + 8 + size * repeat])
        at += 4
    return found


def add_telemetry(video: bytes, payloads: list[bytes]) -> bytes:
    """`video` (an MP4 whose "moov" comes last) with one payload a second."""
    boxes = _top_boxes(video)
    moov = boxes.pop()
    assert moov[4:8] == b"moov"
    start = sum(map(len, boxes))
    samples = _box(b"mdat", *payloads)
    return b"".join(boxes) + samples + _box(b"moov", moov[8:], _trak(payloads, start + 8))


def _top_boxes(data: bytes) -> list[bytes]:
    boxes, at = [], 0
    while at < len(data):
        size = struct.unpack(">I", data[at : at + 4])[0]
        boxes.append(data[at : at + size])
        at += size
    return boxes


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _full(kind: bytes, form: str, *values: int) -> bytes:
    return _box(kind, bytes(4), struct.pack(">" + form, *values))


def _trak(payloads: list[bytes], first_at: int) -> bytes:
    seconds = len(payloads)
    offsets = [first_at + sum(map(len, payloads[:index])) for index in range(seconds)]
    table = _box(
        b"stbl",
        _box(b"stsd", bytes(4), struct.pack(">I", 1), _box(b"gpmd", bytes(6), b"\0\1", bytes(4))),
        _full(b"stts", "3I", 1, seconds, 1000),
        _full(b"stsc", "4I", 1, 1, 1, 1),
        _full(b"stsz", f"2I{seconds}I", 0, seconds, *map(len, payloads)),
        _full(b"stco", f"I{seconds}I", seconds, *offsets),
    )
    info = _box(b"dinf", _box(b"dref", bytes(4), struct.pack(">I", 1), _box(b"url ", b"\0\0\0\1")))
    media = _box(
        b"mdia",
        _full(b"mdhd", "4I2H", 0, 0, 1000, 1000 * seconds, 0, 0),
        _box(b"hdlr", bytes(4), b"mhlr", b"meta", bytes(12), b"\x0bGoPro MET  \0"),
        _box(b"minf", _box(b"gmhd", _full(b"gmin", "6H", 64, 0, 0, 0, 0, 0)), info, table),
    )
    head = _box(b"tkhd", b"\0\0\0\1", struct.pack(">5I", 0, 0, 9, 0, 1000 * seconds), bytes(60))
    return _box(b"trak", head, media)
