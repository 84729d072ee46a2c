"""Whether two modalities of a product tell of the same thing."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fusion.features.agreement import NEIGHBOURS, Agreement, Axes, Rows, Vectors, agreement

N = 300
ALL = np.arange(N)


def unit(vectors: NDArray[np.floating[Any]]) -> Vectors:
    scaled = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(scaled, dtype=np.float32)


def shop(seed: int = 0) -> tuple[Vectors, Vectors]:
    """Words and pictures of products of 30 kinds, each kind with ways of its own in both."""
    rng = np.random.default_rng(seed)
    kinds = np.arange(N) % 30
    words = rng.normal(size=(30, 16))[kinds] + 0.3 * rng.normal(size=(N, 16))
    pictures = rng.normal(size=(30, 24))[kinds] + 0.3 * rng.normal(size=(N, 24))
    return unit(words), unit(pictures)


def measured(words: Vectors, pictures: Vectors, peers: Rows = ALL) -> Agreement:
    return agreement(words, pictures, peers, num_references=200)


def test_products_whose_pictures_were_exchanged_agree_least() -> None:
    words, pictures = shop()
    exchanged = np.array([3, 50, 97, 144, 211])
    pictures[exchanged] = pictures[np.roll(exchanged, 1)]

    scores = measured(words, pictures).scores

    assert set(scores.argsort()[:5].tolist()) == set(exchanged.tolist())


def test_honest_products_stand_near_the_top_and_unrelated_ones_at_chance() -> None:
    words, pictures = shop()
    shuffled = pictures[np.random.default_rng(1).permutation(N)]

    assert measured(words, pictures).scores.mean() > 0.9
    assert measured(words, shuffled).scores.mean() == pytest.approx(0.5, abs=0.02)


def test_a_product_is_not_its_own_neighbour() -> None:
    found = measured(*shop())

    assert found.near_first.shape == (N, NEIGHBOURS)
    assert not (found.near_first == ALL[:, None]).any()
    assert not (found.near_second == ALL[:, None]).any()


def test_neighbours_come_nearest_first() -> None:
    words, pictures = shop()

    near = measured(words, pictures).near_first

    cosines = np.take_along_axis(words @ words.T, near, axis=1)
    assert (np.diff(cosines, axis=1) <= 1e-6).all()


def test_neighbours_are_sought_among_the_peers() -> None:
    peers = np.arange(0, N, 3)

    found = measured(*shop(), peers)

    assert set(np.unique(found.near_second)) <= set(peers)


def test_products_that_all_say_the_same_are_at_chance() -> None:
    _, pictures = shop()
    words = np.tile(pictures[:1], (N, 1))

    scores = measured(words, pictures).scores

    assert scores.mean() == pytest.approx(0.5, abs=0.05)


def test_the_mean_is_no_direction() -> None:
    words, _ = shop()

    axes = Axes.of(words + 5)

    np.testing.assert_allclose(np.linalg.norm(axes.project(words + 5), axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(axes.project(axes.mean[None]), np.zeros((1, 16)))


def test_many_numbers_become_few_that_keep_the_neighbours() -> None:
    rng = np.random.default_rng(2)
    words = unit(rng.normal(size=(N, 8)) @ rng.normal(size=(8, 400)))

    few = Axes.of(words).project(words)

    assert few.shape == (N, 128)
    centred = unit(words - words.mean(axis=0))
    np.testing.assert_allclose(few @ few.T, centred @ centred.T, atol=1e-4)
