"""Photos for the benches: 12 MP JPEGs of about 4 MB, made from real photos of the tests' media."""

import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

from tests.media_files import media_files

WIDTH_PX, HEIGHT_PX = 4000, 3000


def make_photos(folder: Path, count: int, seed: int = 1) -> list[Path]:
    """`count` different 12 MP JPEGs with the tags of a phone; made once, kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [folder / f"IMG_{number:05}.jpg" for number in range(count)]
    if all(path.exists() for path in wanted):
        return wanted
    store = media_files()
    tagged = store.path("jpeg-south-offset")
    sources = [tagged, store.path("jpeg-east"), store.path("bus"), store.path("presidents") / "obama3.jpg"]
    chance = np.random.default_rng(seed)
    whole = [Image.open(path).convert("RGB").resize((WIDTH_PX + 400, HEIGHT_PX + 400)) for path in sources]
    # A few are decoded, grained and encoded; the rest are those with other bytes at the end of the comment.
    for number, picture in enumerate(whole):
        pixels = np.asarray(picture)[200 : 200 + HEIGHT_PX, 200 : 200 + WIDTH_PX].astype(np.int16)
        grain = chance.normal(0, 9, pixels.shape[:2]).astype(np.int16)[..., None]
        grained = Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
        grained.save(folder / f"base{number}.jpg", quality=88)
    command = ["exiftool", "-q", "-overwrite_original", "-TagsFromFile", str(tagged), "-all:all"]
    subprocess.run([*command, *map(str, sorted(folder.glob("base*.jpg")))], check=False)
    order = random.Random(seed)  # noqa: S311 (repeatable, not secret)
    for number, path in enumerate(wanted):
        shutil.copy(folder / f"base{order.randrange(len(sources))}.jpg", path)
        with path.open("ab") as opened:  # after the end of the picture: other bytes, the same picture
            opened.write(f"number {number}".encode())
    for base in folder.glob("base*.jpg"):
        base.unlink()
    return wanted
