import time
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fusion import tasks
from fusion.features import store
from fusion.features.encoders import EncoderUnavailableError
from fusion.models import Embedding

WORKER_START_SECONDS = 60  # of a worker that was started just before
STALL_SECONDS = 300  # longer than a turn, after which a dead worker's work is queued again
POLL_SECONDS = 0.5


class Command(BaseCommand):
    """`manage.py encode_products`."""

    help = "Turn what has no vector yet into vectors, in every modality, and show the progress."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--local", action="store_true", help="encode in this process, without a worker"
        )
        parser.add_argument(
            "--retry", action="store_true", help="try again what could not be read before"
        )

    def handle(self, *_: Any, local: bool, retry: bool, **__: Any) -> None:
        if retry:
            for modality in store.modality_names():
                store.forget_problems(modality)
        missing = _missing()
        work = _encode_here if local else _wait_for_workers
        try:
            with _bars() as progress:
                bars = {
                    modality: progress.add_task(modality, total=total)
                    for modality, total in missing.items()
                }
                work(
                    lambda modality, left: progress.update(
                        bars[modality], completed=max(0, missing[modality] - left)
                    )
                )
        except EncoderUnavailableError as error:
            raise CommandError(str(error)) from error
        self._summarise()

    def _summarise(self) -> None:
        for modality in store.modality_names():
            rows = Embedding.objects.filter(encoder=store.encoder_in_use(modality))
            num_problems = rows.filter(vector=None).count()
            self.stdout.write(
                f"{modality}: {rows.count() - num_problems} vectors by "
                f"{store.encoder_in_use(modality)}, {num_problems} could not be read"
            )


Report = Callable[[str, int], object]  # modality, contents left


def _missing() -> dict[str, int]:
    return {name: store.num_missing(name) for name in store.modality_names()}


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description:8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def _encode_here(report: Report) -> None:
    for modality in store.modality_names():
        result = store.encode_missing(modality)
        while result.num_left and result.num_encoded + result.num_problems:
            report(modality, result.num_left)
            result = store.encode_missing(modality)
        report(modality, result.num_left)


def _wait_for_workers(report: Report) -> None:
    """Ask the content workers, and watch until nothing is left."""
    tasks.enqueue_missing_encodings()
    waiting = _missing()
    if any(waiting.values()):
        _require_worker()
    changed_at = time.monotonic()
    while any(waiting.values()):
        time.sleep(POLL_SECONDS)
        before, waiting = waiting, _missing()
        for modality, left in waiting.items():
            report(modality, left)
        if waiting != before:
            changed_at = time.monotonic()
        elif time.monotonic() - changed_at > STALL_SECONDS:
            raise CommandError(
                f"Nothing was encoded for {STALL_SECONDS} s; the content worker's log says why."
            )


def _require_worker() -> None:
    give_up_at = time.monotonic() + WORKER_START_SECONDS
    while time.monotonic() < give_up_at:
        queues = current_app.control.inspect(timeout=2).active_queues() or {}
        if any(queue["name"] == "content" for each in queues.values() for queue in each):
            return
    raise CommandError(
        "No worker takes the content queue. Start one (`manage.py runstack`), or encode in this "
        "process with --local."
    )
