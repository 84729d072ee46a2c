"""What has changed since the last training, and how long the next one may take."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models.fields.json import KeyTransform

from catalog.models import Product
from fusion.features import store
from fusion.models import ModelVersion, TrainingRun
from fusion.training_options import Preset, TrainingOptions
from users.models import Event

MOST_COUNTED = 1_000_000  # an estimate need not count further
RUNS_READ = 20
RUNS_OF_A_PRESET = 3  # the newest ones give the estimate


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """What a run would cost and bring.

    Attributes:
        seconds: from the last run that succeeded; None before the first.
        seconds_by_preset: from the last runs with those settings, where there are any.
        num_new_events: received since that run's cutoff; a million at most is counted.
        num_changed_products: added or changed since then.
        num_missing: contents without a vector yet, by modality.
    """

    seconds: float | None
    seconds_by_preset: dict[Preset, float]
    num_new_events: int
    num_changed_products: int
    num_missing: dict[str, int]
    last_run: TrainingRun | None

    @property
    def is_news(self) -> bool:
        """Whether a new run could learn anything that the last one could not."""
        return self.last_run is None or bool(self.num_new_events or self.num_changed_products)


@dataclass(frozen=True, slots=True)
class _Timed:
    """How long a run took, and on how many events."""

    preset: Preset | None
    seconds: float
    num_events: int


def estimate_training() -> TrainingEstimate:
    """Say what changed since the last run that succeeded, and how long a run may take."""
    succeeded = TrainingRun.objects.filter(status=TrainingRun.Status.SUCCEEDED)
    last = succeeded.defer("log", "curves").order_by("-id").first()
    known = Product.objects.known()
    num_new = Event.objects.filter(pk__gt=_last_event_seen(last))[:MOST_COUNTED].count()
    if last is not None and last.cutoff is not None:
        known = known.changed_since(last.cutoff)
    timed = _timed_runs()
    num_events = timed[0].num_events + num_new if timed else 0
    return TrainingEstimate(
        seconds=_expected(timed[:1], num_events),
        seconds_by_preset=_by_preset(timed, num_events),
        num_new_events=num_new,
        num_changed_products=known.count(),
        num_missing={modality: store.num_missing(modality) for modality in store.modality_names()},
        last_run=last,
    )


def _last_event_seen(run: TrainingRun | None) -> int:
    """Return the key of the last event received before the run's cutoff.

    Walks back from the newest event: as many steps as there are new ones, and no index.
    """
    if run is None or run.cutoff is None:
        return 0
    seen = Event.objects.filter(received_at__lt=run.cutoff).order_by("-id")
    return seen.values_list("id", flat=True).first() or 0


def _timed_runs() -> list[_Timed]:
    """Return the newest runs that made a version, newest first; reports are not read whole."""
    of_report: Any = KeyTransform("num_interactions", KeyTransform("data", "report"))
    rows = ModelVersion.objects.annotate(num_events=of_report).order_by("-run_id")
    names = ("run__config", "run__started_at", "run__finished_at", "num_events")
    return [
        _Timed(_preset(config), (end - start).total_seconds(), num_events or 0)
        for config, start, end, num_events in rows.values_list(*names)[:RUNS_READ]
        if start is not None and end is not None
    ]


def _preset(config: dict[str, Any]) -> Preset | None:
    options = TrainingOptions.of(config)
    # A run that did without something says little of the time of one that does not.
    return options.preset if options and options.refit and not options.leave_out else None


def _by_preset(timed: list[_Timed], num_events: int) -> dict[Preset, float]:
    """Return the expected seconds of each preset that was used before."""
    found: dict[Preset, list[_Timed]] = {}
    for run in timed:
        if run.preset is not None:
            found.setdefault(run.preset, []).append(run)
    expected = {
        preset: _expected(runs[:RUNS_OF_A_PRESET], num_events) for preset, runs in found.items()
    }
    return {preset: seconds for preset, seconds in expected.items() if seconds is not None}


def _expected(runs: Iterable[_Timed], num_events: int) -> float | None:
    """Stretch the times of these runs by how much the events have grown; their median."""
    stretched = [
        run.seconds * (num_events / run.num_events if run.num_events else 1.0) for run in runs
    ]
    return median(stretched) if stretched else None
