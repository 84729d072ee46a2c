"""Watching a training run in a terminal."""

import time
from datetime import timedelta

from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from fusion.models import TrainingRun, training_lease

POLL_SECONDS = 0.5
SILENCE = timedelta(seconds=10)
UNFINISHED = (TrainingRun.Status.PENDING, TrainingRun.Status.RUNNING)


def watch_run(run_id: int, console: Console) -> TrainingRun:
    """Show a run's progress until it has ended, and return it."""
    columns = (TextColumn("{task.fields[stage]:22.22}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        bar = progress.add_task("", total=1.0, stage="waiting")
        num_shown = 0
        while True:
            run = TrainingRun.objects.get(pk=run_id)
            progress.update(bar, completed=run.progress, stage=_place(run))
            lines = run.log.splitlines()
            for line in lines[num_shown:]:
                progress.console.print(line, highlight=False, style="dim")
            num_shown = len(lines)
            if run.status not in UNFINISHED:
                return run
            time.sleep(POLL_SECONDS)


def _place(run: TrainingRun) -> str:
    """Return where the run is, or that nobody works on it."""
    if run.status == TrainingRun.Status.PENDING:
        return "waits for a worker"
    silence = timezone.now() - run.heartbeat_at if run.heartbeat_at else timedelta()
    if silence > SILENCE:
        left = max(0, int((training_lease() - silence).total_seconds()))
        return f"worker silent, next in {left} s"
    return run.stage
