"""The co-occurrence signal."""

import torch

from fusion.network.history import History, Latest
from fusion.network.item_to_item import SCALE, ItemToItem, NeighbourTable


def table() -> NeighbourTable:
    """Return: 1 points to 2 (.5) and 3 (.25); 2 points to 1 (1.0)."""
    neighbours = torch.tensor([[0, 0], [2, 3], [1, 0], [0, 0]], dtype=torch.int32)
    strengths = torch.tensor([[0, 0], [0.5, 0.25], [1.0, 0], [0, 0]])
    return NeighbourTable(neighbours, strengths)


def test_scores_add_up_over_the_history_older_events_counting_less() -> None:
    network = ItemToItem(num_items=3, neighbours=2)
    network.fill(table(), 0.5)
    items = torch.tensor([[1, 2, 0], [3, 3, 3]])
    weights = torch.tensor([[2.0, 1.0, 0.0], [1.0, 1.0, 1.0]])

    scores = network.scores(History(items, weights, torch.tensor([2, 3])), 4)[:1]

    # 1 is one event old: 2.0 * 0.5 = 1; 2 is the newest: 1. The best neighbours' mean is .75.
    torch.testing.assert_close(scores, torch.tensor([[0, 1.0, 0.5, 0.25]]) * SCALE / 0.75)


def test_a_product_that_joined_later_points_to_nothing_and_is_pointed_to_by_nothing() -> None:
    network = ItemToItem(num_items=3, neighbours=2)
    network.fill(table(), 1.0)
    history = History(torch.tensor([[5]]), torch.ones(1, 1), torch.tensor([1]))

    assert network.scores(history, 6).tolist() == [[0] * 6]


def test_a_few_rows_are_looked_up_as_all_of_them_are() -> None:
    network = ItemToItem(num_items=3, neighbours=2)
    network.fill(table(), 0.5)
    history = History(torch.tensor([[1, 2]]), torch.tensor([[2.0, 1.0]]), torch.tensor([2]))
    entries = network.entries(Latest.of(history))
    rows = torch.tensor([[3, 1, 3, 0]])

    everywhere = entries.dense(4).gather(1, rows)

    assert entries.at(rows, 4).equal(everywhere)
    assert entries.at(rows, 1_000_000).equal(everywhere)
    assert everywhere[0, 0] > 0
