"""A training run for people: how far, how long still, and what to do when it stands still."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fusion.admin.curves import NetworkPlots, network_plots
from fusion.models import TrainingRun, training_lease

LOG_LINES = 40
PATIENCE = timedelta(seconds=15)  # a worker that is there takes a waiting run much sooner
FIRST_GUESS_AT = 0.05  # below this share an estimate is noise
# What a run does, and at which share of it each step begins; see `fusion.pipeline`.
STEPS = (
    (0.0, "Read the data"),
    (0.03, "Train the branches"),
    (0.315, "Weigh them"),
    (0.344, "Train what serves"),
    (0.6, "Compare"),
    (0.95, "Ask the gate"),
    (0.98, "Publish"),
)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a run: "done", "now", "failed" or "" for what is still to come."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class RunView:
    """What the live panel of one run shows."""

    run: TrainingRun
    percent: int
    is_unfinished: bool
    elapsed: str
    left: str
    advice: str
    steps: list[StepView]
    networks: list[NetworkPlots]
    log_tail: str


def run_view(run: TrainingRun, *, now: datetime) -> RunView:
    """Return the view of a run as its row is now."""
    is_unfinished = run.status in (TrainingRun.Status.PENDING, TrainingRun.Status.RUNNING)
    elapsed = _elapsed(run, now)
    return RunView(
        run=run,
        percent=round(100 * min(max(run.progress, 0.0), 1.0)),
        is_unfinished=is_unfinished,
        elapsed=duration(elapsed) if elapsed is not None else "",
        left=_left(run, elapsed) if is_unfinished else "",
        advice=advice(run, now=now),
        steps=steps(run),
        networks=network_plots(run.curves),
        log_tail="\n".join(run.log.splitlines()[-LOG_LINES:]),
    )


def steps(run: TrainingRun) -> list[StepView]:
    """Return the steps of a run as far as it is."""
    if run.status == TrainingRun.Status.SUCCEEDED:
        return [StepView(label, "done") for _, label in STEPS]
    starts = [start for start, _ in STEPS]
    at = max(n for n, start in enumerate(starts) if run.progress >= start)
    if run.started_at is None:
        at = -1
    here = "now" if run.status == TrainingRun.Status.RUNNING else "failed"
    states = ["done" if n < at else here if n == at else "" for n in range(len(STEPS))]
    return [StepView(label, state) for (_, label), state in zip(STEPS, states, strict=True)]


def advice(run: TrainingRun, *, now: datetime) -> str:
    """Say in plain words what is the matter and what to do; empty when all is well."""
    if run.status == TrainingRun.Status.FAILED:
        return (
            "The run failed. Nothing is lost: the active version goes on answering. "
            "Do what the message says, then press Retrain."
        )
    if run.status == TrainingRun.Status.PENDING and now - run.created_at > PATIENCE:
        return (
            "No worker has taken this run yet. Check that one listens to the queue “train”: "
            "celery -A recsys worker -Q train -c 1"
        )
    if run.status == TrainingRun.Status.RUNNING:
        return _advice_while_running(run, now)
    return ""


def _advice_while_running(run: TrainingRun, now: datetime) -> str:
    silence = now - run.heartbeat_at if run.heartbeat_at else timedelta()
    if silence > training_lease() / 2:
        return (
            f"The worker has been silent for {duration(silence)}. After "
            f"{duration(training_lease())} another one takes over at the last checkpoint."
        )
    if run.is_cancel_requested:
        return "Stopping: the worker ends the run at its next step."
    return ""


def duration(span: timedelta) -> str:
    """Write a span with its two largest units: "1 h 05 min", "3 min 20 s", "12 s"."""
    seconds = max(round(span.total_seconds()), 0)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        words = f"{hours} h {minutes:02d} min"
    else:
        words = f"{minutes} min {seconds % 60:02d} s" if minutes else f"{seconds} s"
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _elapsed(run: TrainingRun, now: datetime) -> timedelta | None:
    return (run.finished_at or now) - run.started_at if run.started_at else None


def _left(run: TrainingRun, elapsed: timedelta | None) -> str:
    if elapsed is None or run.progress < FIRST_GUESS_AT:
        return ""
    return f"about {duration(elapsed * (1 - run.progress) / run.progress)} left"
