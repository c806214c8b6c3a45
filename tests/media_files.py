"""Real media for the tests: named in tests/data/media.toml, brought and checked like model weights.

`python tests/media_files.py` fetches it, once (save what only a bench needs, which that brings itself); tests ask
for what they need by name:
    media_files().path("bus")                    a weight of one file: that file
    media_files().path("videos") / "small.mp4"   several files: their folder
A test must not change these files; it copies what it wants to change.
"""

import os
import sys
from pathlib import Path

from fovea.progress import watching
from media.weights import WeightStore, cache_folder, load_manifest

MANIFEST = Path(__file__).with_name("data") / "media.toml"


def media_files() -> WeightStore:
    """The store of test media, in fovea/test-media of the user's cache folder."""
    return WeightStore(cache_folder(os.environ) / "test-media", load_manifest(MANIFEST))


def of_tests(store: WeightStore) -> list[str]:
    """What `make test` needs; the rest only a bench does."""
    return [name for name, each in store.manifest.items() if each.default]


def main() -> int:
    """Bring what is missing and say where it lies."""
    store = media_files()
    with watching(sys.stderr) as progress:
        brought = store.fetch(of_tests(store), progress)
    print(f"test media: {len(brought)} files brought, all verified, in {store.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
