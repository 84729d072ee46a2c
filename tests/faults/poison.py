"""Tasks that cannot succeed."""

import os
import signal

from celery import shared_task


@shared_task(name="tests.kills_its_worker")
def kills_its_worker(**_: object) -> None:
    """Take the process down, as the system does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="tests.raises")
def raises(**_: object) -> None:
    """Fail like a bug."""
    raise ValueError("there is no such thing")
