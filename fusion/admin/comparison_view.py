"""A comparison of two versions for people; reads what `fusion.comparison.work` wrote."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from catalog.admin.pictures import main_picture, pictures_of, thumbnail
from catalog.models import Product
from fusion.admin.figures import Figure
from fusion.admin.report import METRICS, Cell, Line, Table, meaning
from fusion.models import ModelVersion, VersionComparison
from users.models import Shopper

Pks = Iterable[int]
KEPT = ("ndcg@10", "recall@20", "coverage@20", "novelty@20")  # of each version's own report


@dataclass(frozen=True, slots=True)
class Place:
    """A product in a list; `mark` says what became of it in the other one."""

    rank: int
    product: Product | None
    picture: SafeString
    mark: str
    tone: str  # new, gone, up, down or nothing


@dataclass(frozen=True, slots=True)
class Sample:
    """One shopper's first ten by both versions."""

    shopper: Shopper | None
    history: list[SafeString]
    sides: tuple[tuple[str, list[Place]], ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A product that many more or fewer lists show."""

    product: Product | None
    picture: SafeString
    before: int
    after: int


class ComparisonView:
    """What the page of one finished comparison shows; four queries, whatever it holds."""

    def __init__(self, comparison: VersionComparison) -> None:
        self._result: Mapping[str, Any] = comparison.result
        self._versions = (comparison.first, comparison.second)
        self._products = _products(self._shown())
        keys = [each["shopper"] for each in self._result["samples"]]
        self._shoppers = Shopper.objects.in_bulk(keys)

    def tiles(self) -> list[Figure]:
        """Return how much the lists have in common."""
        lists = self._result["lists"]
        shoppers = f"the {lists['shoppers']:,} shoppers who acted last"
        named = (
            ("In common", "in_common", "Mean share of the first ten products that both show, over"),
            ("Same first product", "same_first", "Share of"),
            ("Same list", "same_list", "The same ten products in the same order, as a share of"),
        )
        return [
            Figure(label, _percent(lists[key]["mean"]), f"{words} {shoppers}.", _reach(lists[key]))
            for label, key, words in named
        ]

    def tests(self) -> list[tuple[str, str, Table]]:
        """Return the paired tests there are: title, on whom, and the differences."""
        first, second = (version.pk for version in self._versions)
        news, holdout = self._result["news"], self._result["holdout"]
        found = [
            ("What shoppers did after both were trained", news, "Neither can have learnt it."),
            ("The shoppers held out from both", holdout, "Both were trained on the same data."),
        ]
        return [
            (title, f"{each['shoppers']:,} shoppers. {words}", _table(each, first, second))
            for title, each, words in found
            if each and each["metrics"]
        ]

    def untested(self) -> str:
        """Say why the newest acts give no test; empty where they do."""
        news = self._result["news"]
        if news["metrics"]:
            return ""
        count = news["shoppers"]
        who = {0: "No shopper has", 1: "Only 1 shopper has"}.get(
            count, f"Only {count} shoppers have"
        )
        return (
            f"{who} met a new product since both versions were trained; at least 20 are needed "
            "for a fair test. Compare again when more have."
        )

    def reports(self) -> Table:
        """Return what each version's own report says, each on its own shoppers."""
        headings = tuple(
            (f"Version {v.pk}", "On the shoppers of its own report.") for v in self._versions
        )
        lines = tuple(
            Line(METRICS[name][0], tuple(_own(version, name) for version in self._versions))
            for name in KEPT
        )
        return Table(headings, lines)

    def movers(self) -> list[tuple[str, list[Moved]]]:
        """Return products that more or fewer lists show, the largest change first."""
        lists = self._result["lists"]
        named = (("In more lists", "gained"), ("In fewer lists", "lost"))
        return [(title, [self._moved(*each) for each in lists[key]]) for title, key in named]

    def samples(self) -> list[Sample]:
        """Return the shoppers whose lists are shown side by side."""
        return [self._sample(each) for each in self._result["samples"]]

    def _shown(self) -> set[int]:
        lists = self._result["lists"]
        pks = {each[0] for each in (*lists["gained"], *lists["lost"])}
        for sample in self._result["samples"]:
            pks.update(row["product"] for row in (*sample["first"], *sample["second"]))
            pks.update(sample["history"])
        return pks

    def _moved(self, pk: int, before: int, after: int) -> Moved:
        return Moved(self._products.get(pk), self._picture(pk), before, after)

    def _sample(self, sample: Mapping[str, Any]) -> Sample:
        first, second = ([row["product"] for row in sample[side]] for side in ("first", "second"))
        before, after = self._versions
        return Sample(
            self._shoppers.get(sample["shopper"]),
            [self._picture(pk) for pk in sample["history"]],
            (
                (f"Version {before.pk}", self._places(first, second, absent="gone")),
                (f"Version {after.pk}", self._places(second, first, absent="new")),
            ),
        )

    def _places(self, own: Sequence[int], other: Sequence[int], *, absent: str) -> list[Place]:
        return [
            Place(
                rank,
                self._products.get(pk),
                self._picture(pk),
                *(_move(rank, other.index(pk) + 1, absent) if pk in other else (absent, absent)),
            )
            for rank, pk in enumerate(own, start=1)
        ]

    def _picture(self, pk: int) -> SafeString:
        product = self._products.get(pk)
        return thumbnail(main_picture(product) if product else None, size=32)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _reach(measured: Mapping[str, float]) -> str:
    return f"{100 * measured['low']:.0f} … {100 * measured['high']:.0f} %"


def _move(rank: int, elsewhere: int, absent: str) -> tuple[str, str]:
    """Say on the side of the second version, where new ones are marked, how far one has moved."""
    if absent != "new" or rank == elsewhere:
        return "", ""
    return (
        (f"▲ {elsewhere - rank}", "up") if rank < elsewhere else (f"▼ {rank - elsewhere}", "down")
    )


def _products(pks: Pks) -> dict[int, Product]:
    return Product.objects.prefetch_related(pictures_of()).in_bulk(list(pks))


def _table(test: Mapping[str, Any], first: int, second: int) -> Table:
    headings = (
        (f"Version {first}", "Mean and 95 % interval over shoppers."),
        (f"Version {second}", "Mean and 95 % interval over shoppers."),
        ("Difference", f"Version {second} minus version {first}, on the same shoppers."),
        (f"Version {second} is", "What the interval of the difference allows to say."),
    )
    lines = (
        Line(
            METRICS[name][0],
            (
                _cell(each["first"]),
                _cell(each["second"]),
                _cell(each["difference"], sign="+"),
                meaning(each["difference"]),
            ),
        )
        for name, each in test["metrics"].items()
    )
    return Table(headings, tuple(lines))


def _cell(measured: Mapping[str, float], sign: str = "") -> Cell:
    low, high = (f"{measured[side]:{sign}.4f}" for side in ("low", "high"))
    return Cell(f"{measured['mean']:{sign}.4f}", f"{low} … {high}")


def _own(version: ModelVersion, name: str) -> Cell:
    found = version.report.get("contestants", {}).get("late_fusion", {}).get(name)
    if found is None:
        return Cell("-")
    return _cell(found) if isinstance(found, Mapping) else Cell(f"{found:.3f}")
