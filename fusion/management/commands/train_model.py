import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from rich.console import Console

from fusion import services
from fusion.config import TrainingConfig
from fusion.models import TrainingRun
from fusion.runs.watch import watch_run
from fusion.runs.worker import carry_out
from users.audit import record
from users.models import AuditAction


class Command(BaseCommand):
    """`manage.py train_model`."""

    help = "Train, evaluate and, if the gate agrees, promote a model. A training worker does it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", action="store_true", help="show the progress until the end")
        parser.add_argument("--local", action="store_true", help="train here, without a worker")
        parser.add_argument("--preset", choices=["quick", "standard"], default="standard")
        parser.add_argument(
            "--promote", choices=TrainingRun.Promotion.values, default=TrainingRun.Promotion.GATE
        )

    def handle(
        self, *_: Any, wait: bool, local: bool, preset: str, promote: str, **__: Any
    ) -> None:
        config = TrainingConfig.preset("quick" if preset == "quick" else "standard")
        request = services.create_run if local else services.request_training
        try:
            run = request(promotion=promote, config=config)
            asked_words = f"{preset}, {run.get_promotion_display()}"
            record(AuditAction.TRAIN, [run], note=asked_words)
        except services.TrainingAlreadyRunning as error:
            if not (wait or local):
                raise CommandError(str(error)) from error
            run = error.run
            self.stdout.write(f"{error} Waiting for it.")
        if local:
            self._train_here(run)
        elif wait:
            self._watch(run)
        else:
            self.stdout.write(f"Run {run.pk} waits for a training worker.")

    def _train_here(self, run: TrainingRun) -> None:
        thread = threading.Thread(target=_work, args=(run.pk,))
        thread.start()
        try:
            self._watch(run)
        except KeyboardInterrupt:
            self.stdout.write("Cancelling; the step at hand is finished first.")
            services.cancel_training(run.pk, cancelled_at=timezone.now())
            record(AuditAction.CANCEL, [run])
        finally:
            thread.join()

    def _watch(self, run: TrainingRun) -> None:
        ended = watch_run(run.pk, Console())
        if ended.status != TrainingRun.Status.SUCCEEDED:
            reason = ended.error or ended.message
            raise CommandError(f"Run {ended.pk} has {ended.get_status_display().lower()}. {reason}")
        self.stdout.write(ended.message)


def _work(run_id: int) -> None:
    try:
        carry_out(run_id, now=timezone.now())
    finally:
        connection.close()
