"""How one answer is put together: what was asked, the steps it takes products from, the end."""

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fusion.serving.after_ranking.arrangement import Filled, fill
from fusion.serving.after_ranking.orders import Orders
from fusion.serving.evidence_names import named_evidence
from fusion.serving.filters import Conditions
from fusion.serving.ladder import (
    StepCandidates,
    newest_candidates,
    popular_candidates,
    ranked_candidates,
)
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.model_step import Ranked
from fusion.serving.results import UNASKED, Fallback, Reason, Recommendation, Result, Step
from fusion.serving.scenarios import ScenarioSettings


@dataclass(frozen=True, slots=True)
class Answering:
    """One answer in the making.

    Attributes:
        started: of the performance counter.
        scenario: the name the answer carries.
        orders: what the shop wants of it; its seed is the recommendation id.
        rules_stamp: tells when any rule changed.
        question: what was asked, as it is kept with the served list.
    """

    recommendation_id: uuid.UUID
    started: float
    orders: Orders
    rules_stamp: str
    limit: int
    question: dict[str, Any] = field(default_factory=dict)

    @property
    def scenario(self) -> str:
        """Return the name the answer carries."""
        return self.orders.settings.name

    def kept_question(self) -> dict[str, Any]:
        """Return what was asked, the scenario's settings filled in."""
        return {**self.question, "limit": self.limit, "settings": self.orders.settings}

    @classmethod
    def begin(
        cls,
        settings: ScenarioSettings,
        *,
        limit: int,
        question: dict[str, Any],
        now: datetime,
        without_rule: int | None = None,
    ) -> "Answering":
        """Note the time, draw an id and look up the rules."""
        own_id = uuid.uuid4()
        merchandising = merchandising_cache.get(now=now)
        rules = merchandising.rules_for(settings.name, now=now)
        if without_rule is not None:
            rules = tuple(each for each in rules if each.pk != without_rule)
        orders = Orders(settings, rules, seed=own_id.int)
        return cls(own_id, time.perf_counter(), orders, merchandising.rules_stamp, limit, question)

    def took_ms(self) -> float:
        """Return the milliseconds since the beginning."""
        return round((time.perf_counter() - self.started) * 1000, 2)


def ranked_step(ranked: Ranked) -> Iterator[StepCandidates]:
    """Give what the model said, if it did."""
    if ranked.ranked is not None:
        yield ranked.step, ranked_candidates(ranked.ranked)


def popular_steps(
    near: frozenset[int] | None,
    conditions: Conditions,
    settings: ScenarioSettings,
    *,
    now: datetime,
) -> Iterator[StepCandidates]:
    """Give what follows when the model has no more: popular nearby, popular, newest."""
    window = settings.popularity_window
    if near is not None:
        yield Step.POPULAR_IN_CATEGORY, popular_candidates(near, window=window, now=now)
    if conditions.category_pks is None:
        yield Step.POPULAR, popular_candidates(None, window=window, now=now)
    yield Step.NEWEST, newest_candidates(conditions)


def finish(
    answering: Answering,
    ranked: Ranked,
    steps: Iterator[StepCandidates] | Sequence[StepCandidates],
    conditions: Conditions,
) -> Recommendation:
    """Take products from the steps, apply the shop's orders, and name the step that answered."""
    filled = fill(steps, conditions, answering.orders, limit=answering.limit)
    return answer_of(answering, ranked, filled)


def answer_of(answering: Answering, ranked: Ranked, filled: Filled) -> Recommendation:
    """Return the answer with these products."""
    results = _results(filled, ranked)
    found = [result.source for result in results if result.source not in UNASKED]
    level = found[0] if found else Step.NONE
    reason = ranked.reason
    if reason is Reason.ANSWERED and level is not ranked.step:
        reason = Reason.NOTHING_RANKED
    has_ranked = ranked.ranked is not None and ranked.step in found
    return Recommendation(
        recommendation_id=answering.recommendation_id,
        scenario=answering.scenario,
        model_version=ranked.ranked.version_id if ranked.ranked and has_ranked else None,
        results=results,
        fallback=Fallback(level, reason),
        took_ms=answering.took_ms(),
    )


def _results(filled: Filled, ranked: Ranked) -> tuple[Result, ...]:
    nearest = [each.candidate.nearest for each in filled.placed]
    evidence = named_evidence(ranked.ranked, nearest, filled.id_of)
    return tuple(
        each.result(rank, found)
        for rank, (each, found) in enumerate(zip(filled.placed, evidence, strict=True), start=1)
    )
