"""The floor of an import: the same work per file in bare processes, without a database, queue or platform.

Copy with fsync, SHA-512, ExifTool -stay_open -fast, and libvips for a 1440 px JPEG and a 320 px WebP.
`python -m bench.floor OUT FILE…` does the files given; two such processes side by side are the floor.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pyvips


def main() -> None:
    out, *files = map(Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    pyvips.cache_set_max(0)
    exiftool = subprocess.Popen(
        ["exiftool", "-stay_open", "True", "-@", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert exiftool.stdin is not None  # noqa: S101 (both are pipes)
    assert exiftool.stdout is not None  # noqa: S101
    for path in files:
        copy = out / path.name
        hashed = hashlib.sha512()
        with path.open("rb") as source, copy.open("wb") as target:
            while chunk := source.read(1 << 20):
                hashed.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        exiftool.stdin.write(f"-fast\n-json\n-G1\n-n\n{copy}\n-execute\n")
        exiftool.stdin.flush()
        while not exiftool.stdout.readline().startswith("{ready"):
            pass
        large = pyvips.Image.thumbnail(str(copy), 1440, height=1440, size="down")
        large = large.copy_memory()
        large.jpegsave(str(out / f"{path.stem}-preview.jpg"), Q=85)
        large.thumbnail_image(320, height=320).webpsave(str(out / f"{path.stem}-thumbnail.webp"), Q=75)
    exiftool.stdin.write("-stay_open\nFalse\n")
    exiftool.stdin.close()
    exiftool.wait()


if __name__ == "__main__":
    main()
