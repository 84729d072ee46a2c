"""A serve worker whose model does nothing: what is left is the transport.

Started as `celery -A benchmarks.serving.no_op worker -Q serve`, on a Redis database of its own.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fusion.serving.worker_step import ServeStep
from recsys.celery import app

if TYPE_CHECKING:
    from fusion.serving.model_server import ModelServer
    from fusion.serving.ranking import Ranking

__all__ = ["app"]


class NoOpRanker:
    """Ranks nothing."""

    def rank(self, requests: Sequence[object]) -> list["Ranking"]:
        """Return no items for each request."""
        from fusion.serving.ranking import no_items

        return [no_items(()) for _ in requests]


class NoOpRuntime:
    """Has always loaded the same."""

    def __init__(self) -> None:
        from fusion.serving.answering import LoadedVersion

        ranker: Any = NoOpRanker()
        self.loaded = LoadedVersion(1, ranker, catalogue_at_ms=0)
        self.problem = ""

    def follow(self, active: object, **_: object) -> bool:
        """Follow nobody."""
        return False

    def refresh(self, **_: object) -> bool:
        """Have no news."""
        return False


class NoOpStep(ServeStep):
    """Runs the product's model server without a model."""

    def create(self, worker: Any) -> "ModelServer":  # type: ignore[override]  # the stubs say None
        """Return what Celery starts with the worker and stops with it."""
        server = super().create(worker)
        runtime: Any = NoOpRuntime()
        server._runtime = runtime
        return server


app.steps["worker"].remove("fusion.serving.worker_step:ServeStep")
app.steps["worker"].add(NoOpStep)
