"""Exit code 0 when every default weight is here and whole: `python -m media.weights_here`.

`make run` asks this first, because it answers sooner than the whole command starts."""

import os
import sys

from media.weights import State, WeightStore, default_folder, load_manifest


def main() -> int:
    """0 or 1; which file is missing says `fovea weights verify`."""
    manifest = load_manifest()
    store = WeightStore(default_folder(os.environ), manifest)
    wanted = [name for name, weight in manifest.items() if weight.default]
    return int(any(check.state is not State.OK for check in store.verify(wanted)))


if __name__ == "__main__":
    sys.exit(main())
