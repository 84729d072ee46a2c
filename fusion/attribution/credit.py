"""Which answer gets the credit for which purchase. No database here."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Shown:
    """What one answer showed, and when."""

    product_pks: Collection[int]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """An event, as far as it matters here.

    Attributes:
        recommendation_id: of the answer that led to it, as far as the event says.
        amount: price times quantity; 0 for what is no purchase.
    """

    shopper_pk: int
    product_pk: int
    occurred_at: datetime
    recommendation_id: UUID | None = None
    amount: Decimal = Decimal(0)


@dataclass(slots=True)
class Outcome:
    """What came of one answer."""

    clicked_pks: set[int] = field(default_factory=set)
    num_purchases: int = 0
    revenue: Decimal = Decimal(0)


def give_credit(
    answers: Mapping[UUID, Shown],
    touches: Iterable[Act],
    purchases: Iterable[Act],
    *,
    within: timedelta,
) -> dict[UUID, Outcome]:
    """Return what came of each answer that was clicked.

    Args:
        touches: events that carry an answer's id, purchases among them, oldest first.
        purchases: all purchases of products their shoppers touched.
        within: how long after an answer its clicks and purchases count.
    """
    outcomes: dict[UUID, Outcome] = defaultdict(Outcome)
    paths: dict[tuple[int, int], list[tuple[datetime, UUID]]] = defaultdict(list)
    for act in touches:
        answer_id = act.recommendation_id
        if answer_id is None or not _led_to(answers.get(answer_id), act, within):
            continue
        outcomes[answer_id].clicked_pks.add(act.product_pk)
        paths[act.shopper_pk, act.product_pk].append((act.occurred_at, answer_id))
    for act in purchases:
        last = _last_touch(paths.get((act.shopper_pk, act.product_pk), []), act.occurred_at)
        if last is not None and _led_to(answers[last], act, within):
            outcomes[last].num_purchases += 1
            outcomes[last].revenue += act.amount
    return dict(outcomes)


def _led_to(answer: Shown | None, act: Act, within: timedelta) -> bool:
    """Say whether an act counts for an answer: an id alone proves nothing."""
    if answer is None or act.product_pk not in answer.product_pks:
        return False
    return act.occurred_at < answer.created_at + within


def _last_touch(path: list[tuple[datetime, UUID]], moment: datetime) -> UUID | None:
    place = bisect_right(path, moment, key=lambda touch: touch[0])
    return path[place - 1][1] if place else None
