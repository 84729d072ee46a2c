"""How well two modalities of a product agree: do its neighbours by one look like it by the other?

A product whose picture and words tell of the same thing has neighbours by picture that also stand
high in the order by words, and the other way round. Where a picture is of another product, or the
words are, its neighbours by one are a random draw for the other.

Measured on 6,000 products of a fashion shop, 120 of them with exchanged pictures: of the 50
products that agree least 44 were exchanged ones, and an exchanged product agreed less than an
honest one in 95 of 100 pairs. Raw cosines in place of places in the order, and a linear map from
pictures to words, found no more. (Places also have a fixed point: chance is one half.)
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

NEIGHBOURS = 10
AXES = 128
ROWS_AT_ONCE = 256
NOTHING = 1e-6  # shorter vectors have no direction


@dataclass(frozen=True, slots=True)
class Axes:
    """The directions in which vectors differ most (principal components).

    Without the rest, neighbours cost a tenth of the time and are no worse; without the mean, a
    catalogue in which everything is a little alike still has near and far.

    Attributes:
        mean: (F,).
        directions: (F, D) orthonormal columns, D at most `AXES`.
    """

    mean: Vectors
    directions: Vectors

    @classmethod
    def of(cls, sample: Vectors) -> Self:
        """Fit to (S, F) vectors."""
        mean = sample.mean(axis=0)
        centred = sample - mean
        _, directions = np.linalg.eigh(centred.T @ centred)  # the largest stand last
        return cls(mean, np.ascontiguousarray(directions[:, -AXES:]))

    def project(self, vectors: Vectors) -> Vectors:
        """Return (N, D) vectors of length 1; of length 0 what is just the mean."""
        projected = (vectors - self.mean) @ self.directions
        lengths = np.linalg.norm(projected, axis=1, keepdims=True)
        lengths[lengths <= NOTHING] = np.inf
        scaled: Vectors = (projected / lengths).astype(np.float32, copy=False)
        return scaled


@dataclass(frozen=True, slots=True)
class Agreement:
    """How N products agree with themselves.

    Attributes:
        scores: (N,) 0..1: the mean place of the neighbours by one modality in the order by the
            other, 1 the top and 0.5 chance.
        near_first: (N, K) rows of the neighbours by the first modality, nearest first.
        near_second: (N, K) rows of the neighbours by the second.
    """

    scores: NDArray[np.float64]
    near_first: Rows
    near_second: Rows


def agreement(first: Vectors, second: Vectors, peers: Rows, num_references: int) -> Agreement:
    """Measure N products.

    Args:
        first: (N, D) vectors of length 1 of one modality.
        second: (N, E) of the other.
        peers: (P,) rows among which neighbours are sought, more than `NEIGHBOURS`.
        num_references: how many of the peers, from the start, make up the order.
    """
    parts = []
    for start in range(0, len(first), ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(first)))
        is_itself = rows[:, None] == peers
        by_first, by_second = (_cosines(each, rows, peers, is_itself) for each in (first, second))
        near_first, near_second = _nearest(by_first), _nearest(by_second)
        places = (
            _places(by_second, near_first, num_references),
            _places(by_first, near_second, num_references),
        )
        scores = np.concatenate(places, axis=1).mean(axis=1)
        parts.append((scores, peers[near_first], peers[near_second]))
    return Agreement(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _cosines(vectors: Vectors, rows: Rows, peers: Rows, is_itself: NDArray[np.bool_]) -> Vectors:
    """Return (B, P) cosines; a product is no neighbour of itself."""
    cosines: Vectors = vectors[rows] @ vectors[peers].T
    cosines[is_itself] = -np.inf
    return cosines


def _nearest(cosines: Vectors) -> Rows:
    """Return (B, K) columns, nearest first."""
    best = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    order = np.argsort(-np.take_along_axis(cosines, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)


def _places(cosines: Vectors, columns: Rows, num_references: int) -> NDArray[np.float64]:
    """Return (B, K): the share of the references that are less alike; ties count half."""
    found = np.take_along_axis(cosines, columns, axis=1)[:, None, :]  # (B, 1, K)
    references = cosines[:, :num_references, None]  # (B, R, 1)
    is_less: NDArray[np.float64] = (references < found).mean(axis=1)
    ties: NDArray[np.float64] = (references == found).mean(axis=1)
    return is_less + ties / 2
