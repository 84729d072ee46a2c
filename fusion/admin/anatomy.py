"""The fusion of a version at a glance; reads what `fusion.evaluation.evaluate` wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.admin.charts import Meter, meter
from fusion.admin.report import (
    KINDS,
    OURS,
    Cell,
    Line,
    Table,
    bucket_labels,
    contestant_label,
    meaning,
    measured_cell,
)

FUSIONS = (OURS, "late_fusion_equal", "early_fusion", "behaviour", "popularity")
WORDS = {
    OURS: "branches trained alone, weights fitted",
    "late_fusion_equal": "the same branches, each as loud as the other",
    "early_fusion": "one network over all features joined",
    "behaviour": "no text, no image",
    "popularity": "the same list for everybody",
}


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A branch's mean share; `heat` is 0 to 1, None where nothing was shown."""

    value: str
    words: str
    heat: float | None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """One branch's shares by history (rows) and popularity (columns)."""

    branch: str
    label: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class FusionLine:
    """One way to combine branches, beside the version's own."""

    label: str
    words: str
    value: str
    interval: str
    meter: Meter
    difference: Cell | None
    is_ours: bool


def ablation_table(report: Mapping[str, Any]) -> Table:
    """Return NDCG@10 of every subset of the branches, by how well known the products are."""
    found: Mapping[str, Any] = report.get("ablation", {})
    shoppers: Mapping[str, int] = found.get("shoppers", {})
    kinds = [kind for kind in KINDS if kind in shoppers]
    subsets: Sequence[Mapping[str, Any]] = found.get("subsets", ())
    highest = {
        kind: max((each["ndcg@10"][kind]["high"] for each in subsets), default=0.0)
        for kind in kinds
    }
    headings = tuple(
        (f"{KINDS[kind][0]} ({shoppers[kind]:,})", f"{KINDS[kind][1]} In brackets: shoppers.")
        for kind in kinds
    )
    lines = (
        Line(
            _subset_label(each["branches"]),
            tuple(_subset_cell(each, kind, highest[kind]) for kind in kinds),
            is_ours=place == 0,
        )
        for place, each in enumerate(subsets)
    )
    return Table(headings, tuple(lines))


def _subset_label(branches: Sequence[str]) -> str:
    words = " + ".join(_branch_label(each).lower() for each in branches)
    return words.capitalize() if len(branches) > 1 else f"{words.capitalize()} alone"


def _subset_cell(subset: Mapping[str, Any], kind: str, highest: float) -> Cell:
    difference = subset["against_all"][kind]
    cell = measured_cell(subset["ndcg@10"][kind], highest)
    tone = "bad" if difference["high"] < 0 else "good" if difference["low"] > 0 else ""
    return Cell(cell.value, cell.interval, cell.start, cell.width, tone)


def heat_maps(report: Mapping[str, Any]) -> list[HeatMap]:
    """Return a map for each branch: its share in shown products' scores."""
    found: Mapping[str, Any] = report.get("listening", {})
    shares: Sequence[Sequence[Sequence[float] | None]] = found.get("shares", ())
    if not shares:
        return []
    rows = bucket_labels(found["history_edges"], len(shares))
    edges: Sequence[int] = found["popularity_edges"]
    headings = ("none", *bucket_labels(edges[1:], len(edges), first=edges[0]))
    return [
        HeatMap(
            branch,
            _branch_label(branch),
            headings,
            tuple(
                (label, tuple(_heat_cell(*cell, number) for cell in zip(row, shown, strict=True)))
                for label, row, shown in zip(rows, shares, found["shown"], strict=True)
            ),
        )
        for number, branch in enumerate(found["branches"])
    ]


def _heat_cell(shares: Sequence[float] | None, shown: int, number: int) -> HeatCell:
    if shares is None:
        return HeatCell("-", "No such product was shown to such a shopper.", None)
    words = f"Mean of {shown:,} shown products." if shown > 1 else "One shown product."
    return HeatCell(f"{100 * shares[number]:.0f} %", words, round(shares[number], 3))


def fusion_lines(report: Mapping[str, Any]) -> list[FusionLine]:
    """Return early and late fusion, and what they are measured by, on the same shoppers."""
    contestants: Mapping[str, Any] = report.get("contestants", {})
    known = {name: found for name in FUSIONS if (found := contestants.get(name, {}).get("ndcg@10"))}
    highest = max((each["high"] for each in known.values()), default=0.0)
    against: Mapping[str, Any] = report.get("against", {})
    return [
        FusionLine(
            contestant_label(name, contestants),
            WORDS[name],
            f"{each['mean']:.4f}",
            f"{each['low']:.4f} … {each['high']:.4f}",
            _fusion_meter(name, each, highest),
            meaning(against[name]) if name in against else None,
            is_ours=name == OURS,
        )
        for name, each in known.items()
    ]


def _fusion_meter(name: str, measured: Mapping[str, float], highest: float) -> Meter:
    low, high = measured["low"], measured["high"]
    words = f"{measured['mean']:.4f}, 95 % interval {low:.4f} to {high:.4f}"
    tone = "rs-c1" if name == OURS else "rs-c6"
    return meter(measured["mean"], words, low=low, high=high, whole=highest, tone=tone)


def _branch_label(name: str) -> str:
    return name.replace("_", " ").capitalize()
