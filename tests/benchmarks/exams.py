"""The checkerboard as an exam, with a recommender that trains in a second or two."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.quality.splits import Desk, Exam, loo
from tests.fusion.checkerboard import checkerboard, silent, small_config


def desk(folder: Path) -> Desk:
    """Return a desk with small settings."""
    return Desk(small_config(), folder, silent)


@cache
def shared_exam() -> Exam:
    """Return the leave-last-out exam, sat by all tests that only read it."""
    return loo(checkerboard(), desk(Path(mkdtemp())))
