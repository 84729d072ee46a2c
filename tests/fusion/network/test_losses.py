"""The sampled softmax must estimate the full one."""

import torch
from torch import Tensor

from fusion.network.history import History
from fusion.network.losses import Sample, full_softmax, sampled_softmax


class Fixed:
    """A network with given item vectors."""

    def __init__(self, items: Tensor) -> None:
        self.items = items

    def item_vectors(self, rows: Tensor | None = None) -> Tensor:
        return self.items if rows is None else self.items[rows]

    def queries(self, history: History, items: Tensor | None = None) -> Tensor:
        raise NotImplementedError


def test_a_large_sample_gives_the_full_loss_whatever_it_is_drawn_by() -> None:
    source = torch.Generator().manual_seed(0)
    items = torch.randn(200, 8, generator=source) * 0.5
    queries = torch.randn(64, 8, generator=source)
    targets = torch.randint(1, 200, (64,), generator=source)
    counts = torch.arange(200).float() ** 2

    sample = Sample(counts, 40_000, source)

    estimated = sampled_softmax(queries, targets, Fixed(items), sample)
    exact = full_softmax(queries, targets, items)
    assert abs(float(estimated - exact)) < 0.02


def test_the_padding_row_is_never_drawn() -> None:
    sample = Sample(torch.ones(5), 1000, torch.Generator().manual_seed(0))

    assert sample.rows.tolist() == [1, 2, 3, 4]
