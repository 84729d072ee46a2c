"""The step that turns a Celery worker into a serve worker."""

import os
from typing import TYPE_CHECKING, Any

from celery import bootsteps

if TYPE_CHECKING:
    from fusion.serving.model_server import ModelServer

QUEUE = "serve"


class ServeStep(bootsteps.StartStopStep):
    """Runs a model server inside a worker that consumes the queue `serve`.

    One Celery task a request would cost ten times as much (see docs/explanation/serving.md);
    the worker brings start, stop, signals and the place in the fleet.
    """

    requires = ("celery.worker.components:Pool",)

    def include_if(self, worker: Any) -> bool:
        """Leave every other worker alone, and free of torch."""
        return QUEUE in worker.app.amqp.queues.consume_from

    def create(self, worker: Any) -> "ModelServer":  # type: ignore[override]  # the stubs say None
        """Return what Celery starts with the worker and stops with it."""
        # Every answer reads all item vectors: in pages of 4 KiB, finding them takes a fifth longer.
        os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # read by torch when it is imported
        from fusion.serving.model_server import ModelServer

        return ModelServer(worker.hostname)
