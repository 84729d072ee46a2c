"""One measured report, and the plain words for what is in it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

OURS, PLAIN, EARLY = "late_fusion", "plain_late_fusion", "early_fusion"
MAIN = "ndcg@10"
COLD, LONG = "cold item", "5 or more purchases"  # slices
LABELS = {
    OURS: "late fusion, gated (ours)",
    PLAIN: "late fusion, plain form",
    "late_fusion_equal": "late fusion, equal weights",
    EARLY: "early fusion",
    "reciprocal_rank_fusion": "late fusion, by rank",
    "lambdamart": "late fusion, boosted trees",
    "behaviour_branch": "behaviour branch alone",
    "text_branch": "text branch alone",
    "image_branch": "image branch alone",
    "popularity": "popularity",
    "recent_popularity": "recent popularity",
    "item_knn": "item-kNN",
    "user_knn": "user-kNN",
    "rp3beta": "RP3beta",
    "ease": "EASE",
    "ials": "iALS",
    "bpr": "BPR",
    "text_knn": "text-kNN",
    "image_knn": "image-kNN",
    "sasrec": "SASRec",
    "vbpr": "VBPR",
}
DATA = {
    "hm-week": "fashion, one week (hm-week)",
    "ml-100k-posters": "films (ml-100k-posters)",
}
THINGS = {"image": "pictures", "text": "texts"}


class Interval(NamedTuple):
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, value: dict[str, float]) -> Self:
        """Read what the report holds."""
        return cls(value["mean"], value["low"], value["high"])

    @classmethod
    def point(cls, mean: float) -> Self:
        """Return a mean whose interval was not measured."""
        return cls(mean, mean, mean)


@dataclass(frozen=True)
class Report:
    """What one run of `benchmarks.quality` found.

    Attributes:
        raw: the whole JSON object.
    """

    raw: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a report.

        Raises:
            SystemExit: it holds no test results, so there is nothing to show.
        """
        raw = json.loads(path.read_text(encoding="utf-8"))
        if "test" not in raw:
            raise SystemExit(
                f"{path} holds no test results: measure without --validation-only first."
            )
        return cls(raw)

    @property
    def data(self) -> str:
        """Return the name of the data set."""
        return str(self.raw["data"])

    @property
    def split(self) -> str:
        """Return loo, temporal, given or cold."""
        return str(self.raw["split"])

    @property
    def names(self) -> list[str]:
        """Return the contestants, best NDCG@10 first."""
        return sorted(self.tested, key=lambda name: -self.interval(name).mean)

    @property
    def tested(self) -> dict[str, Any]:
        """Return what the test says of each contestant."""
        found: dict[str, Any] = self.raw["test"]["contestants"]
        return found

    @property
    def removals(self) -> dict[str, Any]:
        """Return what is left of the ranking, by what was removed."""
        found: dict[str, Any] = self.raw.get("removals", {})
        return found

    @property
    def best_branch(self) -> str:
        """Return the branch that ranks validation best alone, as a contestant's name."""
        branches = [name for name in self.tested if self.kind(name) == "part"]
        return max(branches, key=lambda name: self._validation(name))

    def kind(self, name: str) -> str:
        """Return ours, part, combined, early or peer."""
        return str(self.raw["fitting"][name]["kind"])

    def interval(self, name: str, measure: str = MAIN) -> Interval:
        """Return a contestant's mean."""
        return Interval.of(self.tested[name][measure])

    def arrivals(self, name: str) -> Interval:
        """Return a contestant's NDCG@10 with only new items in the running."""
        return Interval.of(self.raw["new_arrivals"][name][MAIN])

    def sliced(self, part: str, name: str) -> float | None:
        """Return a contestant's NDCG@10 in a slice; None where the test has no such slice."""
        slices: dict[str, Any] = self.raw["test"]["slices"]
        return float(slices[part][MAIN][name]) if part in slices else None

    def cold(self, name: str) -> float:
        """Return a contestant's NDCG@10 on items without a training event; 0 where none is."""
        return self.sliced(COLD, name) or 0.0

    def ours_minus(self, name: str, part: str = "all") -> Interval | None:
        """Return how far ours is ahead of a contestant; None for ours itself."""
        pairs = self.raw["test"].get("late_fusion_against", {}).get(part, {})
        return Interval.of(pairs[name]["difference"]) if name in pairs else None

    def _validation(self, name: str) -> float:
        return float(self.raw["fitting"][name]["validation_ndcg@10"])


def label(name: str) -> str:
    """Return the plain words for a contestant."""
    return LABELS.get(name, name.replace("_", " "))


def removal_label(removal: str) -> str:
    """Return the plain words for `image` or `text=0.5`."""
    modality, _, share = removal.partition("=")
    things = THINGS.get(modality, f"{modality} vectors")
    if not share:
        return f"all {things} missing"
    return f"half the {things} missing" if float(share) == 0.5 else f"{share} of {things} missing"
