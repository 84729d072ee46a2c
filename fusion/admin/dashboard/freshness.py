"""When each part last did something: what stands still is seen at a glance."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.timesince import timesince

from fusion.models import AttributionDay, CatalogueCount, Embedding, ModelVersion, TrainingRun
from users.models import Event

# The tasks behind the figures run every minute or every ten; beyond, nobody runs them.
STANDS_STILL = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened last; `is_late` where it should have happened since."""

    label: str
    definition: str
    at: datetime | None
    words: str
    url: str = ""
    is_late: bool = False


def freshness(*, now: datetime) -> list[Moment]:
    """Return the last moments of events, encoding, training and the tasks of this page."""
    event = "Event received", "Arrival of the newest event.", _event(), "users_event"
    encoded = "The newest vector of a text or a picture.", _encoded(), "fusion_embedding"
    trained = "End of the newest run that succeeded.", _trained(), "fusion_trainingrun"
    promoted = "Since when the active version serves.", _promoted(), "fusion_modelversion"
    facts = (
        event,
        ("Content encoded", *encoded),
        ("Training finished", *trained),
        ("Version promoted", *promoted),
    )
    return [*(_moment(*fact, now) for fact in facts), *_tasks(now)]


def _moment(label: str, definition: str, at: datetime | None, page: str, now: datetime) -> Moment:
    url = reverse(f"admin:{page}_changelist")
    return Moment(label, definition, at, _ago(at, now), url)


def _tasks(now: datetime) -> list[Moment]:
    """Return when the tasks behind the page last ran."""
    counted = CatalogueCount.objects.values_list("counted_at", flat=True).first()
    row = AttributionDay.objects.order_by("-day").values_list("computed_at", flat=True).first()
    return [
        Moment(
            "Catalogue counted",
            "Counted by a task about every minute.",
            counted,
            _ago(counted, now),
            is_late=counted is not None and now - counted > STANDS_STILL,
        ),
        Moment(
            "Outcomes computed",
            "Computed by a task every ten minutes, from the first kept answer on.",
            row,
            _ago(row, now),
        ),
    ]


def _event() -> datetime | None:
    return Event.objects.order_by("-pk").values_list("received_at", flat=True).first()


def _encoded() -> datetime | None:
    return Embedding.objects.order_by("-pk").values_list("created_at", flat=True).first()


def _trained() -> datetime | None:
    runs = TrainingRun.objects.filter(status=TrainingRun.Status.SUCCEEDED).order_by("-pk")
    return runs.values_list("finished_at", flat=True).first()


def _promoted() -> datetime | None:
    active = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE)
    return active.values_list("promoted_at", flat=True).first()


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "never"
    is_recent = now - moment < timedelta(minutes=1)
    return "just now" if is_recent else f"{timesince(moment, now, depth=1)} ago"
