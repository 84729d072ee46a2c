"""Short vectors: what they foretell, and when there are none."""

import torch
from torch import Tensor

from fusion.retrieval.short_vectors import ShortVectors

ITEMS, WIDTH, INNER = 400, 16, 3


def shop(seed: int = 3) -> tuple[Tensor, Tensor]:
    """Return items and queries whose products come from a few directions."""
    generator = torch.Generator().manual_seed(seed)
    turn = torch.randn(INNER, WIDTH, generator=generator)
    items, queries = (
        torch.randn(count, INNER, generator=generator) @ turn for count in (ITEMS, 100)
    )
    items[0] = 0
    return items, queries


def test_scores_that_few_directions_make_are_foretold_by_as_many_numbers() -> None:
    items, queries = shop()

    short = ShortVectors.of(items, queries)

    assert short is not None
    assert short.columns.shape[0] <= INNER
    found, exact = short.scores(queries), queries @ items.T
    error = (found - exact).square().mean() / exact.square().mean()
    assert error < 0.02


def test_what_no_query_asks_for_takes_no_room() -> None:
    items, queries = shop()
    generator = torch.Generator().manual_seed(4)
    items = torch.cat([items, 50 * torch.randn(ITEMS, 3, generator=generator)], dim=1)
    queries = torch.cat([queries, torch.zeros(100, 3)], dim=1)

    short = ShortVectors.of(items, queries)

    assert short is not None
    assert short.columns.shape[0] <= INNER


def test_vectors_that_differ_alike_in_all_directions_are_not_shortened() -> None:
    generator = torch.Generator().manual_seed(5)
    items, queries = (torch.randn(4_000, WIDTH, generator=generator) for _ in range(2))

    assert ShortVectors.of(items, queries) is None


def test_queries_that_lie_in_two_directions_and_differ_a_lot_in_size_are_no_trouble() -> None:
    generator = torch.Generator().manual_seed(1)
    turn = torch.randn(2, 128, generator=generator)
    items, queries = (torch.randn(1_000, 2, generator=generator) @ turn for _ in range(2))
    queries[:, :6] *= 1_000

    short = ShortVectors.of(items, queries)

    assert short is not None
    found, exact = short.scores(queries), queries @ items.T
    assert (found - exact).square().mean() / exact.square().mean() < 0.02


def test_products_that_join_or_change_are_foretold_as_if_they_had_always_been_there() -> None:
    items, queries = shop()
    short = ShortVectors.of(items, queries)
    assert short is not None
    before = short.scores(queries)
    now = torch.cat([items, items[5:7]])
    now[3] = items[8]

    grown = short.grown(now, torch.tensor([ITEMS, ITEMS + 1, 3])).scores(queries)

    torch.testing.assert_close(grown[:, [ITEMS, ITEMS + 1, 3]], before[:, [5, 6, 8]])
    torch.testing.assert_close(grown[:, 9:ITEMS], before[:, 9:])
    torch.testing.assert_close(short.scores(queries), before)


def test_a_model_that_says_nothing_of_its_items_foretells_nothing() -> None:
    nothing = torch.zeros(ITEMS, WIDTH)

    short = ShortVectors.of(nothing, nothing)

    assert short is not None
    assert short.scores(shop()[1]).abs().sum() == 0
