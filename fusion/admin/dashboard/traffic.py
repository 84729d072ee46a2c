"""How many answers there were, and which step of the ladder gave them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.admin.charts import ColumnChart, Meter, Spark, column_chart, meter, spark
from catalog.admin.numbers import Estimate, change, percent, percent_range, share_estimate
from fusion.admin.answers import REASONS
from fusion.admin.dashboard.period import Window
from fusion.aggregates.answer_hours import Counts
from fusion.serving.results import Reason, Step

BY_MODEL = "Model"
MOST_SCENARIOS = 12
# A group of the chart, its tone, and the steps it stands for; the rest is "Other".
GROUPS = {
    BY_MODEL: ("rs-c1", {Step.MODEL}),
    "Hot list": ("rs-c2", {Step.HOT_LIST}),
    "Stale list": ("rs-c4", {Step.STALE_LIST}),
    "Popular": ("rs-c5", {Step.POPULAR, Step.POPULAR_IN_CATEGORY, Step.NEWEST}),
    "Other": ("rs-c6", set(Step)),
}
STEPS: dict[str, str] = {
    Step.MODEL: "The model ranked for this very request.",
    Step.HOT_LIST: "The model's answer to the same question, kept.",
    Step.STALE_LIST: "The model's answer to an older question.",
    Step.POPULAR_IN_CATEGORY: "What most shoppers like in the category.",
    Step.POPULAR: "What most shoppers like.",
    Step.NEWEST: "The newest products.",
    Step.NONE: "There was no product to show.",
}
PERSONAL = frozenset({Step.MODEL, Step.HOT_LIST, Step.STALE_LIST})
NO_FALLBACK = frozenset({Reason.ANSWERED, Reason.NOT_ASKED})


@dataclass(frozen=True, slots=True)
class StepShare:
    """One step's part of all answers."""

    label: str
    definition: str
    count: int
    estimate: Estimate
    meter: Meter
    before: str  # its share in the time before; empty where there was no answer
    why: str  # the reason most of them had
    tone: str

    @property
    def share(self) -> str:
        """The share in words."""
        return percent(self.estimate.value)

    @property
    def count_words(self) -> str:
        """The count for people."""
        return f"{self.count:,}"

    @property
    def interval(self) -> str:
        """The interval in words."""
        return percent_range(self.estimate)


@dataclass(frozen=True, slots=True)
class ScenarioShare:
    """How often one place of the shop asked, beside the busiest one."""

    name: str
    words: str
    meter: Meter


@dataclass(frozen=True, slots=True)
class Traffic:
    """All answers of a period.

    Attributes:
        fallback: the share whose answer should have come from the model and did not.
        change: against the time before.
    """

    total: int
    change: str
    fallback: Estimate | None
    fallback_before: Estimate | None
    chart: ColumnChart | None
    spark: Spark | None
    fallback_spark: Spark | None
    steps: list[StepShare]
    scenarios: list[ScenarioShare]
    by_slot: list[Counter[str]]  # answers by step


def traffic(window: Window, hours: Mapping[datetime, Counts]) -> Traffic:
    """Return the answers of a window, by step, over time."""
    slots = [_answers(counts) for counts in window.by_slot(hours)]
    now: Counter[tuple[str, str, str]] = sum(slots, Counter())
    before = _answers(window.sum_before(hours))
    by_slot = [_by(slot, 1) for slot in slots]
    return Traffic(
        total=now.total(),
        change=change(now.total(), before.total()),
        fallback=_fallback(now),
        fallback_before=_fallback(before),
        chart=_chart(window.labels, by_slot),
        spark=spark([slot.total() for slot in by_slot], "Answers over the period"),
        fallback_spark=spark(
            [found.value for slot in slots if (found := _fallback(slot))],
            "Share of fallbacks over the period",
        ),
        steps=_steps(now, _by(before, 1)),
        scenarios=_scenarios(now),
        by_slot=by_slot,
    )


def step_words(step: str) -> str:
    """Name a step in words."""
    return step.replace("_", " ").capitalize()


def _answers(counts: Counts) -> Counter[tuple[str, str, str]]:
    """Return the counts of answers by scenario, step and reason."""
    found: Counter[tuple[str, str, str]] = Counter()
    for name, count in counts.items():
        kind, _, rest = name.partition("|")
        if kind == "answers":
            scenario, step, reason = rest.rsplit("|", 2)
            found[scenario, step, reason] += count
    return found


def _by(answers: Counter[tuple[str, str, str]], place: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, count in answers.items():
        found[key[place]] += count
    return found


def _fallback(answers: Counter[tuple[str, str, str]]) -> Estimate | None:
    asked = {key: count for key, count in answers.items() if key[2] != Reason.NOT_ASKED}
    fell = sum(count for key, count in asked.items() if key[2] not in NO_FALLBACK)
    return share_estimate(fell, sum(asked.values()))


def _chart(labels: Sequence[str], slots: Sequence[Counter[str]]) -> ColumnChart | None:
    series: dict[str, list[int]] = {}
    told: set[Step] = set()
    for name, (_, steps) in GROUPS.items():
        series[name] = [sum(slot[step] for step in steps - told) for slot in slots]
        told |= steps
    tones = [tone for tone, _ in GROUPS.values()]
    return column_chart("Answers", labels, series, tones)


def _steps(answers: Counter[tuple[str, str, str]], before: Counter[str]) -> list[StepShare]:
    total = answers.total()
    found = []
    for step, count in _by(answers, 1).most_common():
        estimate = share_estimate(count, total)
        earlier = share_estimate(before[step], before.total())
        if estimate is not None:
            found.append(_step(step, count, estimate, earlier, _why(answers, step)))
    return found


def _step(
    step: str, count: int, estimate: Estimate, earlier: Estimate | None, why: str
) -> StepShare:
    tone = next((tone for tone, steps in GROUPS.values() if step in steps), "rs-c6")
    words = f"{percent(estimate.value)}, 95 % interval {percent_range(estimate)}"
    return StepShare(
        label=step_words(step),
        definition=STEPS.get(step, "An answer that needs no model."),
        count=count,
        estimate=estimate,
        meter=meter(estimate.value, words, low=estimate.low, high=estimate.high, tone=tone),
        before=percent(earlier.value) if earlier else "",
        why=why,
        tone=tone,
    )


def _why(answers: Counter[tuple[str, str, str]], step: str) -> str:
    reasons: Counter[str] = Counter()
    for (_, each, reason), count in answers.items():
        if each == step and reason not in NO_FALLBACK:
            reasons[reason] += count
    if not reasons:
        return ""
    reason, _ = reasons.most_common(1)[0]
    known = {str(name): words for name, words in REASONS.items()}
    return known.get(reason, reason.replace("_", " "))


def _scenarios(answers: Counter[tuple[str, str, str]]) -> list[ScenarioShare]:
    counts = _by(answers, 0).most_common(MOST_SCENARIOS)
    busiest = counts[0][1] if counts else 1
    return [
        ScenarioShare(name, f"{count:,}", meter(count, f"{name}: {count:,}", whole=busiest))
        for name, count in counts
    ]
