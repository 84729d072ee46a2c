"""What every network that scores must keep to, on the checkerboard with its known answer."""

import pytest
import torch

from fusion.config import SequenceConfig
from fusion.network.early_fusion import EarlyFusionNetwork
from fusion.network.history import History, Latest, newest
from fusion.network.losses import DenseNetwork
from fusion.network.newest_reader import NewestReader
from fusion.network.sequence_encoder import SequenceEncoder
from fusion.serving.item_index import SignalQueries, signal_vectors
from tests.fusion.checkerboard import NUM_ITEMS, small_config
from tests.fusion.trained import trained

NETWORKS = ["sequence", "text", "image"]


def history(*rows: list[int]) -> History:
    """Return histories of item rows, padded on the right."""
    length = max(len(row) for row in rows)
    items = torch.tensor([row + [0] * (length - len(row)) for row in rows])
    return History(items, (items > 0).float(), torch.tensor([len(row) for row in rows]))


def scores(network: DenseNetwork, read: History) -> torch.Tensor:
    """Return (B, N+1) scores after the newest event."""
    with torch.inference_mode():
        return newest(network.queries(read), read.lengths) @ network.item_vectors().T


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_prefers_the_kind_the_shopper_takes(name: str) -> None:
    found = scores(trained().dense_networks()[name], history([2, 6, 8], [1, 5, 7]))

    taken = torch.arange(9, 23)  # rows taken by shoppers and absent from these histories
    even = taken % 2 == 0
    assert found[0, taken[even]].mean() > found[0, taken[~even]].mean()
    assert found[1, taken[even]].mean() < found[1, taken[~even]].mean()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_batch_scores_like_its_members_alone(name: str) -> None:
    network = trained().dense_networks()[name]

    together = scores(network, history([2, 6, 8, 10], [1], [3, 5]))

    alone = [scores(network, history(row)) for row in ([2, 6, 8, 10], [1], [3, 5])]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_future_changes_nothing_before_it(name: str) -> None:
    network = trained().dense_networks()[name]

    with torch.inference_mode():
        short = network.queries(history([2, 6, 8]))
        long = network.queries(history([2, 6, 8, 5]))

    torch.testing.assert_close(short, long[:, :3], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_empty_history_asks_for_nothing(name: str) -> None:
    read = History(torch.zeros(1, 1, dtype=torch.long), torch.zeros(1, 1), torch.zeros(1).long())

    assert scores(trained().dense_networks()[name], read).abs().sum() == 0


@pytest.mark.parametrize("name", NETWORKS)
def test_the_quick_way_to_the_newest_query_gives_the_same(name: str) -> None:
    network = trained().dense_networks()[name]
    vectors = signal_vectors(trained())
    ask = SignalQueries(trained(), vectors)
    read = history([2, 6, 8, 10], [3], [4, 3], [])

    with torch.inference_mode():
        quick = ask(Latest.of(read), vectors)[name]
        alone = ask(Latest.of(history([2, 6, 8, 10])), vectors)[name]

        torch.testing.assert_close(quick, newest(network.queries(read), read.lengths))
    torch.testing.assert_close(quick[:1], alone)
    assert quick[3].abs().sum() == 0


def test_several_blocks_of_several_encoders_are_read_newest_first_as_well() -> None:
    config = SequenceConfig(embedding_dim=8, layers=3)
    encoders = [SequenceEncoder(config, max_length=6).eval() for _ in range(2)]
    lengths = torch.tensor([5, 2])
    oldest_first = torch.randn(2, 2, 5, 8)
    for encoder in encoders:
        for parameter in encoder.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    places = (lengths.unsqueeze(1) - 1 - torch.arange(5)).clamp(min=0)
    newest_first = oldest_first[:, torch.arange(2).unsqueeze(1), places]
    read = Latest.of(history([1] * 5, [1] * 2))

    with torch.inference_mode():
        quick = NewestReader(encoders)(newest_first, read.unread)

        for encoder, found, events in zip(encoders, quick, oldest_first, strict=True):
            state = found * encoder.norm.weight + encoder.norm.bias
            torch.testing.assert_close(
                state, newest(encoder(events), lengths), rtol=1e-4, atol=1e-4
            )


@pytest.mark.parametrize("name", ["text", "image"])
def test_content_ranks_items_no_one_has_taken(name: str) -> None:
    found = scores(trained().dense_networks()[name], history([2, 6, 8], [1, 5, 7]))

    assert found[0, 24] > found[0, 23]
    assert found[1, 23] > found[1, 24]


def test_an_item_without_a_picture_neither_asks_nor_scores() -> None:
    network = trained().dense_networks()["image"]

    assert scores(network, history([3, 4])).abs().sum() == 0
    assert scores(network, history([1, 2]))[0, 3:5].tolist() == [0, 0]


def test_an_untrained_head_is_the_cosine_to_the_history() -> None:
    network = trained().content_network("text")
    features = network.features
    fresh = type(network)(
        small_config().content, raw_dim=6, num_items=NUM_ITEMS, max_length=8
    ).eval()
    fresh.features.copy_(features)
    fresh.present.copy_(network.present)

    found = scores(fresh, history([2]))[0, 1:]

    expected = features[1:] @ features[2] * fresh.log_scale.exp().detach()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_early_fusion_without_content_of_an_item_still_scores_it_by_id() -> None:
    features = torch.zeros(NUM_ITEMS + 1, 4)
    network = EarlyFusionNetwork(small_config().sequence, features=features, max_length=8).eval()

    assert scores(network, history([2, 3]))[0, 1:].abs().min() > 0
