"""Files that the deployment tests import: many small real pictures, each different, and a few videos."""

import random
import shutil
import subprocess
from pathlib import Path

from PIL import Image

from tests.media_files import media_files

SEED = 20261120
_VIDEOS = 3


def make_files(folder: Path, count: int) -> list[Path]:
    """Cuts of photos with people, buses and writing, and three videos; always the same bytes."""
    store = media_files()
    names = [store.path("bus"), store.path("zidane"), store.path("presidents") / "obama.jpg"]
    pictures = [Image.open(name).convert("RGB") for name in names]
    chance = random.Random(SEED)
    made = []
    for number in range(count - _VIDEOS):
        whole = pictures[number % len(pictures)]
        width, height = whole.size
        left, top = chance.randrange(width // 3), chance.randrange(height // 3)
        cut = whole.crop((left, top, left + width // 2, top + height // 2))
        cut.thumbnail((400, 400))
        path = folder / f"day {number % 7}" / f"IMG_{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cut.save(path, quality=85)
        made.append(path)
    made.append(Path(shutil.copy(store.path("speech-video"), folder / "speech.mp4")))
    for length in (1, 2):
        path = folder / f"pattern{length}.mp4"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=d={length}:s=320x240:r=10"]
        subprocess.run([*command, str(path)], check=True)
        made.append(path)
    return made


def make_photo(folder: Path, number: int) -> Path:
    """One more picture, unlike all others."""
    chance = random.Random(f"{SEED} {number}")
    whole = Image.open(media_files().path("bus")).convert("RGB")
    picture = whole.crop((0, 0, whole.width - chance.randrange(80), whole.height - chance.randrange(80)))
    picture.putpixel((number % picture.width, 0), (number % 256, 1, 2))
    path = folder / f"another {number}.jpg"
    picture.save(path, quality=80)
    return path
