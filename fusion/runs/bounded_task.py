"""The base of all tasks: tried a bounded number of times, then parked with the reason.

Two ways lead there. A task that raises is tried again after 2, 4 and 8 seconds. A task that
kills its worker process (memory, a crash in a library) raises nothing, and its message is delivered
again; the starts are counted in Redis, and after the third it is not started any more.
"""

import logging
from contextlib import suppress
from typing import Any

from celery import Task
from django.db import DatabaseError
from django.utils import timezone

from catalog.redis_link import RedisDownError, redis_link

logger = logging.getLogger(__name__)
MOST_STARTS = 3
REMEMBERED_S = 24 * 60 * 60


class PoisonousTaskError(Exception):
    """Every worker process that started this task has died over it."""


class BoundedTask(Task):  # type: ignore[type-arg]
    """What `shared_task` makes in this project."""

    autoretry_for = (Exception,)
    dont_autoretry_for = (PoisonousTaskError,)
    max_retries = 3
    retry_backoff = 2  # seconds, doubled each time
    retry_jitter = False

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """Count this start; refuse the task that has killed its worker too often."""
        num_starts = _count_start(self._attempt(task_id))
        if num_starts > MOST_STARTS:
            raise PoisonousTaskError(
                f"Its worker process died at each of {MOST_STARTS} tries, most likely for lack of "
                "memory. The worker's log says more. Then queue it again."
            )

    def after_return(
        self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None:
        """Forget the starts of a task that came to an end."""
        with suppress(RedisDownError):
            redis_link().run(("DEL", self._attempt(task_id)))

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        """Park the task, so that somebody sees it."""
        from fusion.runs import parking  # rows: Django must be set up, a task class need not be

        try:
            parking.park(
                self.name, kwargs, reason=f"{type(exc).__name__}: {exc}", now=timezone.now()
            )
        except DatabaseError:
            logger.exception("task.not_parked", extra={"task": self.name})

    def _attempt(self, task_id: str) -> str:
        return f"fusion:task_starts:{task_id}:{self.request.retries}"


def _count_start(key: str) -> int:
    try:
        return int(redis_link().run(("INCR", key), ("EXPIRE", key, REMEMBERED_S))[0])
    except RedisDownError:
        return 1
