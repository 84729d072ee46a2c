"""How long answers took, from the histogram that web processes keep together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from catalog.admin.charts import ColumnChart, LineChart, column_chart, line_chart
from catalog.admin.numbers import milliseconds
from fusion.admin.dashboard.period import Window
from fusion.aggregates.answer_hours import Counts
from fusion.serving.counters import BUCKETS_MS

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
TONES = ("rs-c1", "rs-c4", "rs-c5")


@dataclass(frozen=True, slots=True)
class Percentile:
    """Milliseconds within which a share of the answers came.

    Attributes:
        value: by straight interpolation between the ends of the histogram's bucket; None
            beyond the last one, whose end is not known.
        low: begin of the bucket: the exact percentile lies above it.
        high: its end; None for the last one.
    """

    name: str
    value: float | None
    low: float
    high: float | None

    @property
    def words(self) -> str:
        """The value in words."""
        if self.value is None:
            return f"over {milliseconds(self.low)}"
        return milliseconds(self.value)

    @property
    def bounds(self) -> str:
        """What is certain, in words."""
        if self.high is None:
            return f"above {milliseconds(self.low)}"
        return f"between {milliseconds(self.low)} and {milliseconds(self.high)}"


@dataclass(frozen=True, slots=True)
class Latency:
    """The times of a period's answers; `before` are the percentiles of the time before."""

    percentiles: list[Percentile]
    before: dict[str, str]
    over_time: LineChart | None
    histogram: ColumnChart | None
    by_slot: list[list[Percentile]]


def latency(window: Window, hours: Mapping[datetime, Counts]) -> Latency:
    """Return the times of a window's answers."""
    slots = [_buckets(counts) for counts in window.by_slot(hours)]
    now: Counter[float] = sum(slots, Counter())
    by_slot = [percentiles(slot) for slot in slots]
    return Latency(
        percentiles=percentiles(now),
        before={each.name: each.words for each in percentiles(_buckets(window.sum_before(hours)))},
        over_time=_over_time(window.labels, by_slot),
        histogram=_histogram(now),
        by_slot=by_slot,
    )


def percentiles(buckets: Counter[float]) -> list[Percentile]:
    """Return the percentiles of answers by the upper end of their bucket; none of nothing."""
    if not buckets.total():
        return []
    return [_percentile(name, share, buckets) for name, share in SHARES.items()]


def _percentile(name: str, share: float, buckets: Counter[float]) -> Percentile:
    wanted, below = share * buckets.total(), 0
    for low, high in pairwise([0.0, *BUCKETS_MS, float("inf")]):
        count = buckets[high]
        if count and below + count >= wanted:
            if high == float("inf"):
                return Percentile(name, None, low, None)
            value = low + (high - low) * (wanted - below) / count
            return Percentile(name, value, low, high)
        below += count
    return Percentile(name, None, BUCKETS_MS[-1], None)


def _buckets(counts: Counts) -> Counter[float]:
    """Return how many answers each bucket has, by its upper end in milliseconds."""
    found: Counter[float] = Counter()
    for name, count in counts.items():
        kind, _, bound = name.partition("|")
        if kind == "bucket":
            seconds = float(bound.replace("+Inf", "inf"))
            found[round(seconds * 1000, 3)] += count
    return found


def _over_time(labels: Sequence[str], by_slot: Sequence[list[Percentile]]) -> LineChart | None:
    series: dict[str, list[float | None]] = {
        name: [slot[place].value if slot else None for slot in by_slot]
        for place, name in enumerate(SHARES)
    }
    return line_chart("Time to an answer", labels, series, TONES, write=milliseconds)


def _histogram(buckets: Counter[float]) -> ColumnChart | None:
    ends = [*map(float, BUCKETS_MS), float("inf")]
    labels = [f"up to {milliseconds(end)}" for end in ends[:-1]]
    labels.append(f"over {milliseconds(ends[-2])}")
    return column_chart("Answers", labels, {"": [buckets[end] for end in ends]}, TONES)
