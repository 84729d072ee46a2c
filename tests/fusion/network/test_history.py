"""Histories as tensors."""

import torch

from fusion.network.history import History


def test_a_shorter_history_keeps_the_newest_events() -> None:
    items = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0], [7, 8, 9, 0]])
    history = History(items, items / 10, torch.tensor([4, 2, 3]))

    cut = history.last(2)

    assert cut.items.tolist() == [[3, 4], [5, 6], [8, 9]]
    assert torch.equal(cut.weights, cut.items / 10)
    assert cut.lengths.tolist() == [2, 2, 2]


def test_what_is_cut_away_leaves_padding_as_it_was() -> None:
    history = History(torch.tensor([[5, 0, 0]]), torch.tensor([[0.5, 0, 0]]), torch.tensor([1]))

    assert history.last(2).items.tolist() == [[5, 0]]
    assert history.last(2).weights.tolist() == [[0.5, 0.0]]
    assert history.last(3) is history
