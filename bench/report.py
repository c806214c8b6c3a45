"""docs/benchmarks.md and its plots, from the figures that `make bench` left in build/bench.

    python -m bench.report

Tables are made from the figures alone; what was tried and why is in docs/decisions.
"""

import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.plots import bars, lines

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / "build" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURES = ROOT / "docs" / "pictures"
_PACKAGES = ("onnxruntime", "pyvips", "opencv-python", "faster-whisper", "psycopg", "fastapi", "numpy")

Figures = Mapping[str, Any]


def main() -> int:
    """Write the page from what was measured; a bench that was not run is left out."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FIGURES.glob("*.json")}
    sections = {
        "import": _import,
        "analyses": _analyses,
        "calibration": _calibration,
        "small_faces": _small_faces,
        "small_objects": _small_objects,
        "memory": _memory,
        "flat": _flat,
        "queries": _queries,
        "growth": _growth,
        "queue": _queue,
        "rescan": _rescan,
    }
    parts = [_HEAD, *_about(found.values())]
    for name, section in sections.items():
        if name in found:
            parts += ["", *section(found[name])]
    PAGE.write_text("\n".join(parts) + "\n", encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {', '.join(name for name in sections if name in found)}\n")
    return 0


_HEAD = """# Benchmarks

`make bench` measures all of this anew on the machine it runs on; `python -m bench.report` then writes this page.
Figures that matter are **ratios within one run**, taken in turns: single times on a shared machine say little.
What was tried, what did not help, and on which pictures settings were decided stands in [decisions](decisions/).
"""


def _about(found: Any) -> Iterator[str]:
    runs = sorted(found, key=lambda each: str(each["at"]))
    exiftool = subprocess.run(["exiftool", "-ver"], capture_output=True, text=True, check=True).stdout.strip()
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    yield f"**Machine.** {runs[0]['machine']}, {_processor()}; Linux {platform.release()}, no graphics card."
    days = dict.fromkeys((runs[0]["at"][:10], runs[-1]["at"][:10]))
    yield f"**When.** {' to '.join(days)}; load before each: " + ", ".join(
        f"{each['bench']} {each['load_before']:.1f}" for each in runs
    )
    yield f"**Versions.** Python {platform.python_version()}, {packages}, ExifTool {exiftool}, PostgreSQL 18."


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows),
    ]


def _spread(numbers: Sequence[float]) -> str:
    """Median, and the whole spread as the noise."""
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


def _import(found: Figures) -> Iterator[str]:
    yield f"## Import: {found['files']} JPEGs of 12 MP, {found['megabytes_per_file']} MB each"
    yield (
        "Hash, copy, fsync, metadata, preview, thumbnail, rows; against a floor of the same copy, fsync and hash,"
        " ExifTool and libvips in two bare processes without a database. Rounds in turns; median (spread)."
    )
    yield ""
    yield from _table(
        ["", "files/s", "processor ms a file"],
        [
            ["floor", _spread(found["floor_files_per_s"]), _spread(found["floor_cpu_ms_per_file"])],
            ["Fovea", _spread(found["fovea_files_per_s"]), _spread(found["fovea_cpu_ms_per_file"])],
        ],
    )
    yield ""
    yield f"Fovea's rate is **{_spread(found['rate_of_floor'])} of the floor's** (goal: 0.9;"
    yield "[what was tried](decisions/045-what-an-import-costs.md))."
    rates = {"floor": found["floor_files_per_s"], "Fovea": found["fovea_files_per_s"]}
    bars(PICTURES / "bench-import.svg", "Import, files a second", rates)
    yield "\n![Import, files a second](pictures/bench-import.svg)"


def _analyses(found: Figures) -> Iterator[str]:
    yield f"## All analyses: {found['pictures']} pictures, one in three with text"
    yield (
        "Objects, faces, text and embedding by a running Fovea, against the same engines one after the other at"
        " their best number of threads on the same previews. Rounds in turns; median (spread)."
    )
    yield ""
    yield from _table(
        ["", "pictures/s", "processor ms a picture"],
        [
            ["bare engines", _spread(found["floor_pictures_per_s"]), _spread(found["floor_cpu_ms_per_picture"])],
            ["Fovea", _spread(found["fovea_pictures_per_s"]), _spread(found["fovea_cpu_ms_per_picture"])],
        ],
    )
    yield ""
    yield f"Fovea's rate is **{_spread(found['rate_of_floor'])} times the bare engines'** (goal: 2;"
    yield "[what was tried](decisions/019-all-analyses-together.md))."
    yield (
        f"Of {found['words_of_bare']} words of the bare engines Fovea read **{found['words_kept']:.3f}** the same"
        f" (goal: 0.98), {found['words_alike']:.3f} alike."
    )
    yield ""
    engines = found["floor_by_engine"][-1]
    yield from _table(
        ["bare engine, last round", "s with one thread", "s with two"],
        [[name, each["wall_1_s"], each["wall_2_s"]] for name, each in engines.items()],
    )
    rates = {"bare engines": found["floor_pictures_per_s"], "Fovea": found["fovea_pictures_per_s"]}
    bars(PICTURES / "bench-analyses.svg", "All analyses, pictures a second", rates)
    yield "\n![All analyses, pictures a second](pictures/bench-analyses.svg)"


def _small_faces(found: Figures) -> Iterator[str]:
    yield f"## Small faces: {found['faces_each']} real ones pasted into each of {found['photos']} photos of 12 MP"
    yield "Width in the photo's own pixels; found by the preview alone, and by the analysis as it is, which looks"
    yield "closer where something speaks for people ([decision](decisions/071-small-and-turned-faces.md))."
    yield ""
    names = ("preview_found", "closer_found", "preview_cpu_ms", "closer_cpu_ms")
    yield from _table(
        ["faces", "found in the preview", "found", "processor ms, preview alone", "processor ms"],
        [[_width(row["width_px"]), *(row[name] for name in names)] for row in found["rows"]],
    )


def _small_objects(found: Figures) -> Iterator[str]:
    yield f"## Small things: {found['things_each']} real ones in each of {found['photos']} photos of 12 MP"
    yield "Pasted; size: square root of the box's area in the photo's own pixels. Found, rightly named, by the"
    yield "preview alone, and by the analysis as it is ([decision](decisions/086-small-things.md))."
    yield f"Load before: {found['load_before']:.1f} on {found['machine']}; processor times rise with it."
    yield ""
    names = (
        "preview_found",
        "closer_found",
        "closer_other_name",
        "closer_false",
        "preview_cpu_ms",
        "closer_cpu_ms",
    )
    yield from _table(
        [
            "things",
            "found in the preview",
            "found",
            "other names there, a photo",
            "false, a photo",
            "processor ms, preview alone",
            "processor ms",
        ],
        [
            ["none" if row["size_px"] is None else f"{row['size_px']} px", *(row[name] for name in names)]
            for row in found["rows"]
        ],
    )


def _width(px: int | None) -> str:
    return "none (found: false alarms a photo)" if px is None else f"{px} px"


def _calibration(found: Figures) -> Iterator[str]:
    yield "## Calibration: how often is right what is shown"
    yield "No per cent is shown; each word promises a share of right answers"
    yield "([decision](decisions/070-certainty.md))."
    yield ""
    yield from _table(
        ["", "word", "answers", "right", "promised", "holds within 5 points"],
        [
            [kind, word, row["answers"], row["right"], row["promised"], _HOLDS[row["holds"]]]
            for kind, table in found["kinds"].items()
            for word, row in table.items()
        ],
    )


_HOLDS = {True: "yes", False: "**no**", None: "too few to tell"}


def _memory(found: Figures) -> Iterator[str]:
    yield "## Memory: everything that `fovea up` consists of, PostgreSQL included (PSS)"
    yield from _table(
        ["", "MB", "goal"],
        [
            ["idle", found["idle_mb"], "600"],
            ["every engine loaded", found["engines_loaded_mb"], "2,500"],
            ["most while at work", found["at_work_most_mb"], ""],
            ["after the idle time", found["after_idle_mb"], "700"],
        ],
    )


def _flat(found: Figures) -> Iterator[str]:
    count, samples = int(found["pictures"]), len(found["all_mb"])
    yield f"## Memory over {count:,} pictures"
    yield "Taken in and analysed in batches, by all analyses of pictures; MB of PSS at work, batch by batch."
    yield ""
    yield from _table(
        ["", "median of the first third", "of the last third", "MB more for each 1,000 pictures"],
        [
            [shown, *(found[f"{name}_{what}"] for what in ("first_third", "last_third", "per_1000_pictures"))]
            for name, shown in (("all_mb", "everything"), ("fovea_mb", "without PostgreSQL"))
        ],
    )
    done = [count * (number + 1) / samples for number in range(samples)]
    series = {
        shown: list(zip(done, found[name], strict=True))
        for name, shown in (("all_mb", "everything"), ("fovea_mb", "without PostgreSQL"))
    }
    lines(PICTURES / "bench-flat.svg", "Memory over many pictures", "pictures done", "MB", series)
    yield "\n![Memory over many pictures](pictures/bench-flat.svg)"


def _queries(found: Figures) -> Iterator[str]:
    yield f"## A library of {found['assets']:,} assets"
    yield "Rows made by `bench/made_library.py`; asked of the real application over HTTP without a network."
    yield ""
    rows = [
        [
            kind,
            each["p50_ms"],
            f"**{each['p95_ms']}**" if each["p95_ms"] > each["target_ms"] else each["p95_ms"],
            f"{each['target_ms']:.0f}",
            each["statements"],
            f"{each['api_cpu_ms']} + {each['database_cpu_ms']}",
        ]
        for kind, each in found["questions"].items()
    ]
    head = ["question", "p50 ms", "p95 ms", "goal", "statements", "processor ms: API + database"]
    yield from _table(head, rows)
    yield ""
    scrolling = found["scrolling"]
    yield f"Start of `fovea up` until it answers: {', '.join(map(str, found['start_s']))} s (goal: 5)."
    loading = ", ".join(f"{each:.0f}" for each in scrolling["long_tasks_at_load_ms"]) or "none"
    yield (
        f"Scrolling all of it in Chromium: {len(scrolling['long_tasks_ms'])} tasks over 50 ms (goal: none); while"
        f" the page opens: {loading} ms."
    )
    yield "Over its goal: " + ("; ".join(found["over"]) or "nothing") + "."


def _growth(found: Figures) -> Iterator[str]:
    sizes = found["sizes"]
    yield f"## Growth from {min(map(int, sizes)):,} to {max(map(int, sizes)):,} assets"
    yield "Median milliseconds (mean for import, whose files are a kilobyte each: rows are what is measured)."
    yield ""
    kinds = list(next(iter(sizes.values())))
    series = {
        kind: [
            (int(size), float(each[kind].get("p50_ms", each[kind].get("mean_ms")))) for size, each in sizes.items()
        ]
        for kind in kinds
    }
    head = ["", *(f"{int(size):,}" for size in sizes)]
    yield from _table(head, [[kind, *(value for _, value in points)] for kind, points in series.items()])
    lines(PICTURES / "bench-growth.svg", "Growth", "assets", "ms", series, logarithmic=True)
    yield "\n![Growth](pictures/bench-growth.svg)"


def _typical_ms(measured: Figures) -> float:
    return float(measured["p50_ms"] if "p50_ms" in measured else measured["mean_ms"])


def _queue(found: Figures) -> Iterator[str]:
    yield f"## The queue: {found['jobs_per_round']:,} jobs published, received one by one and acknowledged"
    yield "Milliseconds a job; rounds in turns, one worker; median (spread). No ledger, no files: only the way."
    yield ""
    measured = {"all of it": "ms", "publishing": "publish_ms", "our processor": "own_cpu_ms"}
    measured["the server's"] = "server_cpu_ms"
    shown = {"postgres": "PostgreSQL (embedded shape)", "rabbit": "RabbitMQ (quorum queue)"}
    rows = [[shown[name], *(_spread(found[f"{name}_{what}"]) for what in measured.values())] for name in shown]
    yield from _table(["", *measured], rows)
    yield ""
    yield f"RabbitMQ takes **{_spread(found['rabbit_of_postgres'])} times** PostgreSQL's time."
    yield ""
    yield f"{found['many']:,} jobs in a ledger, delivered through RabbitMQ by the reconciler:"
    yield ""
    columns = {"step": "step", "jobs": "jobs", "s": "s", "MB of Fovea": "own_mb", "MB of RabbitMQ": "broker_mb"}
    yield from _table(
        list(columns), [[each.get(name, "") for name in columns.values()] for each in found["steps"]]
    )


def _rescan(found: Figures) -> Iterator[str]:
    yield f"## A look through {found['files']:,} files in place"
    rows = [
        [name.removesuffix("_s").replace("_", " "), value] for name, value in found.items() if name.endswith("_s")
    ]
    yield from _table(["", "s"], rows)
    yield ""
    yield "Goal: nothing changed in under 10 s."


if __name__ == "__main__":
    sys.exit(main())
