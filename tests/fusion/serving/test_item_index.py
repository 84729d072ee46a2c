"""One inner product over all branches; exact top-k."""

import pytest
import torch

from fusion.network.history import Latest, newest
from fusion.serving.item_index import ItemIndex, SignalQueries, signal_vectors
from tests.fusion.network.test_signals import history
from tests.fusion.trained import trained

READ = history([2, 6, 8], [1], [3, 5, 7, 9, 11])


def test_the_fused_score_is_the_weighted_sum_of_scaled_signals() -> None:
    recommender = trained()
    index, fusion = ItemIndex(recommender), recommender.fusion

    scores = index.scores(index.queries(READ))

    weights = fusion.shopper_weights[fusion.buckets(READ.lengths)]
    present = recommender.present()
    gates = fusion.item_gates[fusion.patterns(present)]
    expected = torch.zeros_like(scores)
    with torch.inference_mode():
        vectors = signal_vectors(recommender)
        queries = SignalQueries(recommender, vectors)(Latest.of(READ), vectors)
        for place, name in enumerate(fusion.signals):
            has = present[:, fusion.branch_of[place]]
            if name in recommender.tables():
                raw = recommender.tables()[name].scores(READ, len(present))
                scaled = torch.where(has, raw, 0.0)
            else:
                raw = queries[name] @ vectors[name].T
                centre = 0 if name == "popularity" else raw[:, has].mean(1, keepdim=True)
                spread = (raw - centre)[:, has].square().mean(1, keepdim=True).sqrt()
                scaled = torch.where(has, (raw - centre) / spread, 0.0)
            expected += weights[:, place : place + 1] * gates[:, place] * scaled
    torch.testing.assert_close(scores[:, 1:], expected[:, 1:], rtol=1e-4, atol=1e-4)


def test_the_signals_add_up_to_the_score() -> None:
    index = ItemIndex(trained())
    queries = index.queries(READ)
    rows = torch.arange(1, 25).expand(3, -1)

    parts = index.signals(queries, rows).sum(-1)

    torch.testing.assert_close(parts, index.scores(queries)[:, 1:], rtol=0, atol=1e-5)


def test_silencing_a_branch_equals_its_absence_from_every_item() -> None:
    recommender = trained()
    silenced = ItemIndex(recommender, branches=["behaviour", "image"])

    signals = silenced.signals(silenced.queries(READ), torch.arange(1, 25).expand(3, -1))

    for name in ("text", "lexical"):
        assert signals[..., recommender.fusion.signals.index(name)].abs().sum() == 0


@pytest.mark.parametrize(
    ("scores", "k", "expected"),
    [
        ([0.0, 3.0, 1.0, 2.0], 2, [1, 3]),
        ([0.0, 1.0, 1.0, 1.0], 2, [3, 2]),  # ties go to the smaller product key
        ([0.0, 1.0, 2.0, 1.0], 2, [2, 3]),
        ([0.0, 1.0, 2.0, 1.0], 9, [2, 3, 1]),
    ],
)
def test_the_best_come_first_and_ties_go_by_product_key(
    scores: list[float], k: int, expected: list[int]
) -> None:
    index = ItemIndex(trained())
    index.product_pks = torch.tensor([0, 30, 20, 10])
    table = torch.tensor([scores])
    table[0, 0] = float("-inf")

    values, rows = index.top_k(table, k)

    finite = values[0].isfinite()
    assert rows[0, finite].tolist() == expected


def test_the_newest_state_of_an_empty_history_is_zero() -> None:
    states = torch.ones(2, 3, 4)

    assert newest(states, torch.tensor([0, 2])).sum(1).tolist() == [0, 4]
