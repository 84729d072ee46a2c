"""The figures of each day, from stored answers and events."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import (
    Count,
    Exists,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Sum,
)
from django.db.models.functions import TruncDate

from fusion.attribution.credit import Outcome, Shown, give_credit
from fusion.attribution.reading import read_acts, read_shown
from fusion.models import AttributionDay, ServedList
from users.models import Event, EventKind

READ_AT_ONCE = 1_000
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Group:
    """What one row of figures is about."""

    day: date
    scenario: str
    model_version_id: int | None


def compute_attribution(*, now: datetime) -> int:
    """Compute the days whose figures may still change anew; return how many rows they have.

    The day that lies the whole span back is among them: its last answers had until today.
    Repeating it changes nothing.
    """
    span = timedelta(days=settings.FUSION_ATTRIBUTION_DAYS)
    first_day = (now - span).astimezone(UTC).date()
    since = datetime.combine(first_day, time(), UTC)
    came_of = _outcomes(since, span)
    rows = [_row(*counted, came_of, now) for counted in _answers_by_group(since)]
    with transaction.atomic():
        AttributionDay.objects.filter(day__gte=first_day).delete()
        # Of two runs at once, the rows of the one that wrote first are as good.
        AttributionDay.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


class _JsonArrayLength(Func):
    """How long a JSON array is."""

    function = "JSONB_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_ARRAY_LENGTH", **context)


def _answers_by_group(since: datetime) -> Iterator[tuple[Group, int, int]]:
    """Give each group with how many answers it has, and how many products they showed."""
    grouped = (
        ServedList.objects.filter(created_at__gte=since)
        .values("scenario", "model_version_id", day=TruncDate("created_at", tzinfo=UTC))
        .annotate(num_answers=Count("pk"), num_shown=Sum(_JsonArrayLength("results")))
        .order_by("day", "scenario", "model_version_id")
    )
    for row in grouped:
        group = Group(row["day"], row["scenario"], row["model_version_id"])
        yield group, row["num_answers"], row["num_shown"]


def _outcomes(since: datetime, span: timedelta) -> Mapping[Group, list[Outcome]]:
    """Return what came of the clicked answers of each group."""
    touched = Event.objects.filter(recommendation_id__isnull=False, occurred_at__gte=since)
    touched = touched.engaged()
    groups: dict[UUID, Group] = {}
    answers: dict[UUID, Shown] = {}
    for served, shown in _clicked_answers(touched, since):
        day = served.created_at.astimezone(UTC).date()
        groups[served.pk] = Group(day, served.scenario, served.model_version_id)
        answers[served.pk] = shown
    led_there = touched.filter(shopper=OuterRef("shopper"), product=OuterRef("product"))
    bought = Event.objects.filter(kind=EventKind.PURCHASE, occurred_at__gte=since)
    bought = bought.filter(Exists(led_there))
    credited = give_credit(answers, read_acts(touched), read_acts(bought), within=span)
    by_group: dict[Group, list[Outcome]] = defaultdict(list)
    for answer_id, outcome in credited.items():
        by_group[groups[answer_id]].append(outcome)
    return by_group


def _clicked_answers(
    touched: QuerySet[Event], since: datetime
) -> Iterator[tuple[ServedList, Shown]]:
    """Give each answer that events name, with what it showed."""
    ids = touched.order_by().values_list("recommendation_id", flat=True).distinct()
    named = [answer_id for answer_id in ids if answer_id is not None]
    for first in range(0, len(named), READ_AT_ONCE):
        some = named[first : first + READ_AT_ONCE]
        found = ServedList.objects.filter(pk__in=some, created_at__gte=since)
        yield from read_shown(list(found.defer("question")))


def _row(
    group: Group,
    num_answers: int,
    num_shown: int,
    came_of: Mapping[Group, list[Outcome]],
    now: datetime,
) -> AttributionDay:
    outcomes = came_of.get(group, [])
    return AttributionDay(
        day=group.day,
        scenario=group.scenario,
        model_version_id=group.model_version_id,
        num_answers=num_answers,
        num_shown=num_shown,
        num_clicked_answers=len(outcomes),
        num_clicks=sum(len(outcome.clicked_pks) for outcome in outcomes),
        num_purchases=sum(outcome.num_purchases for outcome in outcomes),
        revenue=sum((outcome.revenue for outcome in outcomes), NOTHING),
        revenue_squares=sum(float(outcome.revenue) ** 2 for outcome in outcomes),
        computed_at=now,
    )
