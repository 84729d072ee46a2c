"""The sampled softmax must estimate the full one."""

import numpy as np
import pytest
import torch

from fusion.network.losses import Sample, Sampler, full_softmax, sampled_softmax


def test_a_large_sample_gives_the_full_loss_whatever_it_is_drawn_by() -> None:
    source = torch.Generator().manual_seed(0)
    items = torch.randn(200, 8, generator=source) * 0.5
    queries = torch.randn(64, 8, generator=source)
    targets = torch.randint(1, 200, (64,), generator=source)
    counts = torch.arange(200).float() ** 2

    sample = Sampler(counts, 40_000).draw(np.random.default_rng(0))

    estimated = sampled_softmax(queries, targets, items, sample)
    exact = full_softmax(queries, targets, items)
    assert abs(float(estimated - exact)) / 64 < 0.02


def test_an_item_drawn_that_is_the_target_is_left_out() -> None:
    items, queries = torch.tensor([[0.0], [1.0], [2.0]]), torch.ones(1, 1)
    sample = Sample(torch.tensor([1, 2]), torch.zeros(2))

    loss = sampled_softmax(queries, torch.tensor([1]), items, sample)

    assert float(loss) == pytest.approx(np.log(np.exp(1) + np.exp(2)) - 1, abs=1e-6)


def test_the_padding_row_is_never_drawn() -> None:
    sample = Sampler(torch.ones(5), 1000).draw(np.random.default_rng(0))

    assert sample.rows.tolist() == [1, 2, 3, 4]


def test_an_item_drawn_twice_stands_for_two() -> None:
    sample = Sampler(torch.ones(2), 1000).draw(np.random.default_rng(0))

    assert (sample.rows.tolist(), sample.log_expected.tolist()) == ([1], [0.0])
