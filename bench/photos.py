"""Photos for the benches: 12 MP JPEGs of about 4 MB, made from real photos of the tests' media."""

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
    grain = chance.normal(0, 9, (HEIGHT_PX, WIDTH_PX, 1)).astype(np.int16)
    whole = [np.asarray(Image.open(path).convert("RGB").resize((WIDTH_PX, HEIGHT_PX))) for path in sources]
    for number, path in enumerate(wanted):
        # Shifted grain on a shifted picture: each one different, for the price of encoding it.
        shifted = np.roll(whole[number % len(whole)], 16 * number, axis=1)
        pixels = np.clip(shifted + np.roll(grain, 7 * number, axis=0), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(path, quality=88)
    command = ["exiftool", "-q", "-m", "-overwrite_original", "-TagsFromFile", str(tagged), "-EXIF:all"]
    subprocess.run([*command, *map(str, wanted)], check=True)
    return wanted
