"""The figures: who ranks how well, what missing content costs, and new items."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from benchmarks.figures.reports import (
    DATA,
    EARLY,
    OURS,
    PLAIN,
    Interval,
    Report,
    label,
    removal_label,
)
from benchmarks.figures.theme import KINDS, THEMES, Theme

WIDTH = 525 / 72  # inches: 700 px on a page
ROW = 0.25  # inches per bar
SCALE = "NDCG@10 (0: nothing found in the first ten, 1: the best order there is)"
COLD_SHOWN = ("popularity", "text_knn", "image_branch", "text_branch", EARLY, PLAIN, OURS)
Cell = Callable[[str], Interval]


def draw(reports: Sequence[Report], folder: Path) -> Iterator[Path]:
    """Draw every figure these reports allow, light and dark; yield the files."""
    for theme in THEMES:
        with mpl.rc_context(theme.settings()):
            for name, figure in _figures(reports, theme):
                path = folder / f"{name}{theme.suffix}.svg"
                figure.savefig(path, metadata={"Date": None, "Creator": None, "Title": name})
                yield path


def _figures(reports: Sequence[Report], theme: Theme) -> Iterator[tuple[str, Figure]]:
    """Yield the figures by name."""
    for report in reports:
        if report.split != "cold":
            yield f"quality-{report.data}-{report.split}", _contestants(report, theme)
    poorer = [report for report in reports if report.removals and report.split == "loo"]
    if poorer:
        yield "quality-missing", _missing(poorer, theme)
    for cold in (report for report in reports if report.split == "cold"):
        same = [each for each in reports if (each.data, each.split) == (cold.data, "loo")]
        if same:
            yield f"quality-{cold.data}-new-items", _new_items(same[0], cold, theme)


def _contestants(report: Report, theme: Theme) -> Figure:
    """Draw all contestants of one split, best on top."""
    names = report.names[::-1]
    figure = Figure(figsize=(WIDTH, ROW * len(names) + 1.2))
    axes = figure.subplots()
    _bars(axes, report, names, report.interval, theme)
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    _highlight(axes, names)
    axes.set_xlabel(SCALE + "; line: 95 % interval", fontsize=8.5)
    axes.set_title(
        f"{DATA.get(report.data, report.data)}: {report.raw['test']['shoppers']:,} shoppers"
    )
    kinds = {report.kind(name) for name in names}
    patches = [Patch(color=theme.colours[k], label=KINDS[k]) for k in KINDS if k in kinds]
    figure.legend(handles=patches, loc="outside lower center", ncols=3, fontsize=8.5)
    return figure


def _bars(axes: Axes, report: Report, names: Sequence[str], cell: Cell, theme: Theme) -> None:
    """Draw one bar with its interval and its number per name, from the bottom."""
    found = [cell(name) for name in names]
    means = np.array([each.mean for each in found])
    ends = np.array([[each.mean - each.low, each.high - each.mean] for each in found]).T
    colours = [theme.colours[report.kind(name)] for name in names]
    axes.barh(range(len(names)), means, height=0.72, color=colours)
    axes.errorbar(means, range(len(names)), xerr=ends, fmt="none", ecolor=theme.ink, elinewidth=1)
    for row, each in enumerate(found):
        axes.annotate(
            f"{each.mean:.3f}",
            (each.high, row),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(0, max(each.high for each in found) * 1.15 or 1)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)


def _highlight(axes: Axes, names: Sequence[str]) -> None:
    """Print our name in bold."""
    for text, name in zip(axes.get_yticklabels(), names, strict=True):
        if name == OURS:
            text.set_fontweight("bold")


def _missing(reports: Sequence[Report], theme: Theme) -> Figure:
    """Draw early, plain and gated fusion and the best branch, with less and less content."""
    figure = Figure(figsize=(WIDTH, 2.3 * len(reports) + 0.5))
    panels = figure.subplots(len(reports), 1, squeeze=False)[:, 0]
    for axes, report in zip(panels, reports, strict=True):
        _missing_panel(axes, report, theme)
    shown = (
        ("early", label(EARLY)),
        ("combined", label(PLAIN)),
        ("ours", label(OURS)),
        ("part", "best branch left, alone"),
    )
    patches = [Patch(color=theme.colours[kind], label=text) for kind, text in shown]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(shown), fontsize=8.5)
    return figure


def _missing_panel(axes: Axes, report: Report, theme: Theme) -> None:
    """Draw one data set: a group of bars for all that is there, and one for each removal."""
    branch = report.best_branch
    groups = [("everything there", {n: report.interval(n).mean for n in report.tested}, branch)]
    for removal, found in report.removals.items():
        groups.append((removal_label(removal), found["ndcg@10"], found["best_branch"]))
    for place, (_, means, best) in enumerate(groups):
        series = (("early", EARLY), ("combined", PLAIN), ("ours", OURS), ("part", best))
        for step, (kind, name) in enumerate(series):
            if name in means:
                x = place + 0.2 * (step - 1.5)
                axes.bar(x, means[name], width=0.18, color=theme.colours[kind])
                axes.annotate(
                    f"{means[name]:.3f}",
                    (x, means[name]),
                    (0, 2),
                    ha="center",
                    textcoords="offset points",
                    fontsize=8,
                )
    axes.set_xticks(range(len(groups)), [title for title, _, _ in groups])
    axes.tick_params(axis="x", length=0)
    axes.set_title(DATA.get(report.data, report.data))
    axes.set_ylabel("NDCG@10")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.1)
    axes.grid(axis="y")


def _new_items(loo: Report, cold: Report, theme: Theme) -> Figure:
    """Draw who finds what: any item, those that happen to be new, and those kept from training."""
    rows: tuple[tuple[Report, tuple[tuple[str, Cell], ...]], ...] = (
        (
            loo,
            (
                ("Any item next", loo.interval),
                ("That item happened to be new", lambda name: Interval.point(loo.cold(name))),
            ),
        ),
        (
            cold,
            (
                ("Kept from training, among all items", cold.interval),
                ("Kept from training, among such only", cold.arrivals),
            ),
        ),
    )
    shown = [[n for n in COLD_SHOWN if n in report.tested] for report, _ in rows]
    lengths = [len(names) for names in shown]
    figure = Figure(figsize=(WIDTH, ROW * sum(lengths) + 1.7))
    panels = figure.subplots(2, 2, sharey="row", height_ratios=lengths)
    for row, names, (report, cells) in zip(panels, shown, rows, strict=True):
        for axes, (title, cell) in zip(row, cells, strict=True):
            _bars(axes, report, names, cell, theme)
            axes.set_xlim(0, axes.get_xlim()[1] * 1.1)
            axes.set_title(title, fontsize=9)
        row[0].set_yticks(range(len(names)), [label(name) for name in names])
        _highlight(row[0], names)
    figure.supxlabel(
        "NDCG@10; line: 95 % interval, where measured. Each panel has its own scale.", fontsize=8.5
    )
    return figure
