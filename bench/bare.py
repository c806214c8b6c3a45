"""A bare engine over previews, as anyone would write it: `python -m bench.bare ANALYSIS THREADS PICTURE…`.

One process, one picture after the other, each decoded anew; the first is looked at once before the clock starts.
Prints JSON: seconds, processor seconds, and for `text` the words of each picture, which is read in full.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engines.contract import FaceFinder, ObjectDetector, PictureEmbedder, TextReader
from engines.door import EngineDoor
from media.weights import WeightStore, default_folder, load_manifest


def _open(analysis: str, threads: int) -> Callable[[Any], Any]:
    door = EngineDoor(WeightStore(default_folder(os.environ), load_manifest()).path, threads)
    if analysis == "objects":
        return door.get("yolo_onnx", ObjectDetector).detect
    if analysis == "faces":
        return door.get("yunet_sface", FaceFinder).find
    if analysis == "embedding":
        return door.get("efficientnet_lite0", PictureEmbedder).embed
    return door.get("rapidocr_text", TextReader, {"look_px": 0}).read


def main() -> None:
    analysis, threads, *pictures = sys.argv[1:]
    cv2.setNumThreads(int(threads))
    look = _open(analysis, int(threads))
    look(np.asarray(cv2.imread(pictures[0]), dtype=np.uint8))
    began, cpu = time.perf_counter(), time.process_time()
    found = [look(np.asarray(cv2.imread(path), dtype=np.uint8)) for path in pictures]
    answer: dict[str, Any] = {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
    if analysis == "text":
        read = {Path(path).parent.name: lines for path, lines in zip(pictures, found, strict=True)}
        answer["words"] = {name: [w for line in lines for w in line.text.split()] for name, lines in read.items()}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
