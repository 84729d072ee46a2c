"""How a run tells where it is, and how it is told to stop."""

from typing import Protocol


class TrainingCancelled(Exception):
    """Raised by a progress callback: stop here; finished stages stay in the checkpoint folder."""


class Progress(Protocol):
    """Called often during a run.

    Args:
        stage: what is being done, a short name.
        done: share of the whole run from 0 to 1.
        message: for people.
        curve_point: numbers of this moment, e.g. epoch, loss, ndcg.

    Raises:
        TrainingCancelled: to stop the run.
    """

    def __call__(self, stage: str, done: float, message: str = "", **curve_point: float) -> None:
        """Take note of the progress."""
        ...
