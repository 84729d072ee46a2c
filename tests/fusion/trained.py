"""One recommender trained on the checkerboard, shared by the tests that only read it."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fusion.network.recommender import Recommender
from fusion.training.train import train
from tests.fusion.checkerboard import checkerboard, silent, small_config


@cache
def trained() -> Recommender:
    """Train once per process."""
    with TemporaryDirectory() as folder:
        return train(checkerboard(), small_config(), progress=silent, checkpoint_dir=Path(folder))
