"""A Celery app with one task that does nothing, as lean as Celery allows: no Django, no product.

Acknowledged when taken, prefetched, its result in Redis.
"""

import os

from celery import Celery

QUEUE = "plain"
app = Celery(
    "plain",
    broker=os.environ.get("REDIS_URL"),
    backend=os.environ.get("REDIS_URL"),
    set_as_current=False,
)
app.conf.task_default_queue = QUEUE


@app.task(name="empty")
def empty() -> None:
    """Do nothing."""
