"""Ragged histories to padded arrays."""

from dataclasses import replace

import numpy as np

from fusion.dataset.batches import (
    Spans,
    batches_by_tokens,
    gather,
    moments,
    shopper_spans,
    shuffled_ties,
    windows,
)
from fusion.dataset.data import Interactions


def interactions(lengths: list[int]) -> Interactions:
    """Return shoppers with that many interactions; items count up from 1 over all of them."""
    shopper = np.repeat(np.arange(len(lengths)), lengths)
    return Interactions(
        shopper=shopper.astype(np.int32),
        item=np.arange(1, len(shopper) + 1).astype(np.int32),
        occurred_at=np.arange(len(shopper)).astype(np.int64),
        weight=np.full(len(shopper), 2.0, dtype=np.float32),
    )


def test_a_batch_keeps_the_newest_events_oldest_first() -> None:
    rows = interactions([4, 1])

    batch = gather(rows, shopper_spans(rows, 2), 3)

    assert batch.items.tolist() == [[2, 3, 4], [5, 0, 0]]
    assert batch.weights.tolist() == [[2, 2, 2], [2, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]


def test_a_shopper_without_events_is_a_row_of_padding() -> None:
    rows = interactions([2])

    batch = gather(rows, shopper_spans(rows, 2), 5)

    assert batch.items.tolist() == [[1, 2], [0, 0]]
    assert batch.lengths.tolist() == [2, 0]


def test_no_events_at_all_make_a_batch_of_padding() -> None:
    rows = interactions([])

    batch = gather(rows, shopper_spans(rows, 2), 5)

    assert batch.items.tolist() == [[0], [0]]


def test_windows_predict_every_event_but_the_first_exactly_once() -> None:
    spans = Spans(np.array([0, 100]), np.array([23, 103]))

    cut = windows(spans, 5, np.random.default_rng(0))

    predicted = [
        place
        for start, stop in zip(cut.start, cut.stop, strict=True)
        for place in range(start + 1, stop)
    ]
    assert sorted(predicted) == [*range(1, 23), 101, 102]
    assert int((cut.stop - cut.start).max()) <= 6


def test_every_slice_is_in_one_batch_and_batches_keep_to_their_size() -> None:
    lengths = np.array([1, 9, 2, 2, 8, 3, 50])
    spans = Spans(np.zeros(7, dtype=np.int64), lengths)

    batches = list(batches_by_tokens(spans, tokens=10, length=20, rng=np.random.default_rng(0)))

    assert sorted(np.concatenate(batches).tolist()) == list(range(7))
    padded = [len(batch) * int(np.minimum(lengths[batch], 20).max()) for batch in batches]
    assert sorted(padded)[:-1] == [size for size in sorted(padded)[:-1] if size <= 10]
    assert max(padded) == 20


def test_only_events_of_one_shopper_and_moment_change_places() -> None:
    shopper, moment = np.repeat([0, 1], 50), np.tile(np.repeat([7, 8], 25), 2)
    rows = replace(interactions([50, 50]), shopper=shopper, occurred_at=moment)

    shuffled = shuffled_ties(rows, np.random.default_rng(0))

    np.testing.assert_array_equal(shuffled.shopper, shopper)
    np.testing.assert_array_equal(shuffled.occurred_at, moment)
    assert shuffled.item.tolist() != rows.item.tolist()
    for first in range(0, 100, 25):
        part = slice(first, first + 25)
        assert sorted(shuffled.item[part].tolist()) == rows.item[part].tolist()


def test_events_of_different_moments_are_not_even_copied() -> None:
    rows = interactions([4, 3])

    assert shuffled_ties(rows, np.random.default_rng(0)) is rows
    assert moments(rows).tolist() == [0, 1, 2, 3, 4, 5, 6]
