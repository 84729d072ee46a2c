"""Every random source of a run, made from its one seed and the name of the purpose."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the numpy generator of one purpose; the same arguments give the same numbers."""
    return np.random.default_rng(_entropy(seed, *purpose))


@contextmanager
def torch_seeded(seed: int, *purpose: str | int) -> Iterator[None]:
    """Seed torch for one purpose inside the block, and put its state back afterwards.

    Dropout draws from torch's global source, which no argument can replace.
    """
    with torch.random.fork_rng():
        torch.manual_seed(number(seed, *purpose))
        yield


def number(seed: int, *purpose: str | int) -> int:
    """Return the number that seeds torch for one purpose."""
    return int(np.random.SeedSequence(_entropy(seed, *purpose)).generate_state(1)[0])


def _entropy(seed: int, *purpose: str | int) -> list[int]:
    """Return the seed and the purpose as whole numbers, the same in every process."""
    return [seed, *(p if isinstance(p, int) else zlib.crc32(p.encode()) for p in purpose)]
