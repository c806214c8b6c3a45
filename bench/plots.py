"""Plots of the benches as SVG, readable on light and dark pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.figure import Figure

_GREY = "#808891"  # seen on white as on black
_COLOURS = (
    "#8b7cf6",
    "#2aa198",
    "#d9822b",
    "#d64f7a",
    "#4c8dd6",
    "#7a9a3a",
    "#b08a2e",
    "#9a6fb0",
    "#5aa9a0",
    "#c0653a",
)


def bars(path: Path, title: str, rounds: Mapping[str, Sequence[float]]) -> None:
    """A bar a name: the median of its rounds, the whole spread as a whisker."""
    figure = Figure(figsize=(7, 0.7 + 0.5 * len(rounds)))
    axes = figure.subplots()
    middles = [median(each) for each in rounds.values()]
    spread = [
        [middle - min(each) for middle, each in zip(middles, rounds.values(), strict=True)],
        [max(each) - middle for middle, each in zip(middles, rounds.values(), strict=True)],
    ]
    axes.barh(list(rounds), middles, xerr=spread, color=_COLOURS[: len(rounds)], ecolor=_GREY, height=0.6)
    axes.invert_yaxis()
    _finish(figure, title, path)


def lines(
    path: Path,
    title: str,
    across: str,
    up: str,
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    logarithmic: bool = False,
) -> None:
    """A line a name, through its points (x, y)."""
    figure = Figure(figsize=(9, 5))
    axes = figure.subplots()
    for number, (name, points) in enumerate(series.items()):
        style = "-" if number < len(_COLOURS) else "--"
        colour = _COLOURS[number % len(_COLOURS)]
        axes.plot(*zip(*points, strict=True), style, marker="o", markersize=3, color=colour, label=name)
    if logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    if len(series) > 1:
        axes.legend(frameon=False, labelcolor=_GREY, fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    _finish(figure, title, path)


def _finish(figure: Figure, title: str, path: Path) -> None:
    for axes in figure.axes:
        axes.set_title(title, color=_GREY, loc="left")
        axes.tick_params(colors=_GREY, which="both")
        axes.xaxis.label.set_color(_GREY)
        axes.yaxis.label.set_color(_GREY)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(_GREY)
    # the same figures give the same file
    with mpl.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure.savefig(path, bbox_inches="tight", transparent=True, metadata={"Date": None})
