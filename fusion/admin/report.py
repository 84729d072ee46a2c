"""A version's report as tables for people; reads the JSON of `fusion.evaluation.evaluate`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.admin.numbers import percent
from fusion.admin.modalities import modality_label

OURS = "late_fusion"
CONTESTANTS = {
    OURS: "Late fusion (this version)",
    "late_fusion_equal": "Late fusion, equal weights",
    "early_fusion": "Early fusion",
    "behaviour": "Behaviour alone",
    "text": "Text alone",
    "image": "Image alone",
    "item_knn": "Item-kNN",
    "popularity": "Popularity",
}
WITHOUT = "late_fusion_without_"
KINDS = {
    "warm item": ("Well-known products", "Held-out products with 5 interactions or more."),
    "rare item": ("Rare products", "Held-out products with 1 to 4 interactions."),
    "cold item": ("New products", "Held-out products that training never saw chosen."),
}
HISTORIES = {
    "short history": "Shoppers with a short history",
    "long history": "Shoppers with a long history",
}
LACKING = "item without "
SIGNALS = {
    "sequence": ("Order of events", "What usually follows what this shopper did, in this order."),
    "co_occurrence": ("Taken together", "Products that others took together with the history's."),
    "popularity": ("Popularity", "How often everybody takes the product."),
    "text": ("Text", "Products described like those of the history."),
    "lexical": ("Same words", "Products that share rare words with those of the history."),
    "image": ("Picture", "Products that look like those of the history."),
}
BASELINES = ("popularity", "item_knn")
METRICS = {
    "ndcg@10": (
        "NDCG@10",
        "How high the product a shopper really took next stands among the first ten: 1 is the "
        "first place, 0 is not among them. Mean over the held-out shoppers.",
    ),
    "recall@20": (
        "Recall@20",
        "Share of held-out shoppers whose next product is among the first twenty.",
    ),
    "mrr": ("MRR", "Mean of 1 / rank of the next product, 0 beyond the twentieth place."),
    "coverage@20": (
        "Coverage@20",
        "Share of all products that at least one of the compared lists shows.",
    ),
    "gini@20": (
        "Gini@20",
        "How unevenly the lists show the products: 0 is evenly, 1 is one product only.",
    ),
    "novelty@20": (
        "Novelty@20",
        "Mean surprise of the shown products in bits: higher means less popular ones.",
    ),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, and its 95 % interval where it has one; `start` and `width` draw the interval."""

    value: str
    interval: str = ""
    start: float = 0.0  # per cent of the widest
    width: float = 0.0
    tone: str = ""  # good, bad or nothing


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table."""

    label: str
    cells: tuple[Cell, ...]
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under headings; a heading is its text and its definition."""

    headings: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def contestant_label(name: str, among: Collection[str] = ()) -> str:
    """Name a contestant in words; a branch is told by the fusion without it `among` the others."""
    without = name.removeprefix(WITHOUT)
    if without != name:
        return f"Late fusion without {without.replace('_', ' ')}"
    if name in CONTESTANTS:
        return CONTESTANTS[name]
    return f"{modality_label(name)} alone" if WITHOUT + name in among else modality_label(name)


def headline(contestants: Mapping[str, Any] | None, name: str = OURS) -> Mapping[str, float] | None:
    """Return NDCG@10 of a contestant: mean, low, high; None where it was not measured."""
    measured: Mapping[str, Any] = (contestants or {}).get(name) or {}
    return measured.get("ndcg@10")


def metrics_table(report: Mapping[str, Any]) -> Table:
    """Return every contestant's metrics, best NDCG@10 first."""
    contestants: Mapping[str, Any] = report.get("contestants", {})
    measured = {name: values for name, values in contestants.items() if values}
    order = sorted(measured, key=lambda name: -_mean(measured[name].get("ndcg@10")))
    highest = {metric: _highest(measured.values(), metric) for metric in METRICS}
    lines = tuple(
        Line(
            contestant_label(name, measured),
            tuple(measured_cell(measured[name].get(metric), highest[metric]) for metric in METRICS),
            is_ours=name == OURS,
        )
        for name in order
    )
    return Table(tuple(METRICS.values()), lines)


def differences_table(report: Mapping[str, Any]) -> Table:
    """Return the paired NDCG@10 differences to this version, with what they mean in words.

    First the version that was active when this one was made, where the two could be compared.
    """
    headings = (
        ("Difference", "NDCG@10 of this version minus theirs, on the same shoppers."),
        ("95 % interval", "Paired bootstrap over shoppers. Away from 0, it is no accident."),
        ("Meaning", "What the interval allows to say."),
    )
    against: Mapping[str, Mapping[str, float]] = report.get("against", {})
    lines = [_difference_line(contestant_label(n, against), each) for n, each in against.items()]
    verdict: Mapping[str, Any] = report.get("verdict", {})
    if active := verdict.get("against_active"):
        label = (
            f"Version {verdict['active_version']}, active then ({active['shoppers']:,} shoppers)"
        )
        lines.insert(0, _difference_line(label, active))
    return Table(headings, tuple(lines))


def _difference_line(label: str, each: Mapping[str, float]) -> Line:
    interval = Cell(f"{each['low']:+.4f} … {each['high']:+.4f}")
    return Line(label, (Cell(f"{each['mean']:+.4f}"), interval, meaning(each)))


def slices_table(report: Mapping[str, Any]) -> Table:
    """Return NDCG@10 of the contestants by slice of the shoppers."""
    slices: Mapping[str, Any] = report.get("slices", {})
    first: Mapping[str, Any] = next(iter(slices.values()), {"ndcg@10": {}})
    measured: Mapping[str, float] = first["ndcg@10"]
    names = sorted((name for name in measured if not name.startswith(WITHOUT)), key=_place)
    headings = (
        ("Shoppers", "Held-out shoppers in this slice. Few shoppers make wide intervals."),
        *((contestant_label(name, measured), "Mean NDCG@10 of the slice.") for name in names),
    )
    return Table(headings, tuple(_slice_line(name, slices[name], names) for name in slices))


def _place(contestant: str) -> int:
    """Return where a contestant stands: a modality of the shop's own after the usual ones."""
    return list(CONTESTANTS).index(contestant if contestant in CONTESTANTS else "image")


def _slice_line(name: str, part: Mapping[str, Any], contestants: Sequence[str]) -> Line:
    values: Mapping[str, float] = part["ndcg@10"]
    best = max(values.values(), default=0.0)
    cells = (
        Cell(
            f"{values[each]:.4f}",
            width=_share(values[each], best),
            tone="good" if values[each] == best and best > 0 else "",
        )
        for each in contestants
    )
    return Line(slice_label(name), (Cell(f"{part['shoppers']:,}"), *cells))


def slice_label(name: str) -> str:
    """Name a slice of the held-out shoppers in words."""
    lacking = name.removeprefix(LACKING)
    if lacking != name:
        return f"Products without {modality_label(lacking).lower()}"
    return KINDS[name][0] if name in KINDS else HISTORIES.get(name, name)


def weights_table(report: Mapping[str, Any]) -> Table:
    """Return what each signal weighs, by the length of the shopper's history."""
    weights: Mapping[str, Any] = report.get("weights", {})
    by_history: Sequence[Sequence[float]] = weights.get("by_history", ())
    labels = bucket_labels(weights.get("history_edges", ()), len(by_history))
    lines = tuple(
        Line(
            label,
            tuple(Cell(percent(share, 0), width=100 * share) for share in _shares(row)),
        )
        for label, row in zip(labels, by_history, strict=True)
    )
    signals: Sequence[str] = weights.get("signals", ())
    return Table(tuple(SIGNALS.get(name) or _own_signal(name) for name in signals), lines)


def _own_signal(name: str) -> tuple[str, str]:
    return modality_label(name), "Products like those of the history, by a modality of the shop."


def bucket_labels(edges: Sequence[int], count: int, *, first: int = 1) -> list[str]:
    """Name `count` buckets of numbers that begin at `first` and at each of the edges."""
    if len(edges) + 1 != count:
        return [f"history bucket {each + 1}" for each in range(count)]
    starts = [first, *edges]
    ends = [edge - 1 for edge in edges]
    closed = [
        str(start) if start == end else f"{start} to {end}"
        for start, end in zip(starts, ends, strict=False)
    ]
    return [*closed, f"{starts[-1]} and more"]


def _shares(row: Sequence[float]) -> list[float]:
    total = sum(row)
    return [each / total if total else 0.0 for each in row]


def meaning(difference: Mapping[str, float]) -> Cell:
    """Say what the interval of a difference to others allows to say."""
    if difference["low"] > 0:
        return Cell("better", tone="good")
    if difference["high"] < 0:
        return Cell("worse", tone="bad")
    return Cell("no clear difference")


def measured_cell(measured: Any, highest: float) -> Cell:
    """Return a measured value; its interval is drawn on a scale that ends at `highest`."""
    if measured is None:
        return Cell("-")
    if isinstance(measured, Mapping):
        low, high = measured["low"], measured["high"]
        start = _share(low, highest)
        return Cell(
            f"{measured['mean']:.4f}",
            f"{low:.4f} … {high:.4f}",
            start=start,
            width=_share(high, highest) - start,
        )
    return Cell(f"{measured:.3f}")


def _mean(measured: Any) -> float:
    return float(measured["mean"]) if isinstance(measured, Mapping) else 0.0


def _highest(contestants: Any, metric: str) -> float:
    found = (values.get(metric) for values in contestants)
    return max((each["high"] for each in found if isinstance(each, Mapping)), default=0.0)


def _share(value: float, whole: float) -> float:
    return round(100 * value / whole, 1) if whole > 0 else 0.0
