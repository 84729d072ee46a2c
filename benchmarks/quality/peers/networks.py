"""Networks of the product's own loop: SASRec with a full softmax, and early fusion."""

import json
import zlib
from dataclasses import replace
from typing import Any

import torch

from benchmarks.quality.fitted import Fitted, Peer, Settings, scored
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study
from fusion.config import SequenceConfig
from fusion.network.early_fusion import EarlyFusionNetwork
from fusion.network.sequence_network import SequenceNetwork
from fusion.training.branches import LessonPlan
from fusion.training.objective import Trainable
from fusion.training.seed import torch_seeded
from fusion.training.validation import dense_scorer

FULL_SOFTMAX = 10**9  # items up to which the softmax is full: always


def _sasrec(study: Study, settings: Settings) -> Fitted:
    """A causal transformer over item ids (Kang and McAuley 2018), full softmax as in gSASRec."""
    config = _config(study, settings | {"full_softmax_up_to": FULL_SOFTMAX})
    items, length = study.data.num_items, study.run.config.history_length
    with torch_seeded(study.seed, "sasrec"):
        network = SequenceNetwork(config, num_items=items, max_length=length)
    return trained(study, "sasrec", network, config, settings)


def _early_fusion(study: Study, settings: Settings) -> Fitted:
    """Features joined first, one network, one loss: the textbook form."""
    return early_fusion(study, settings)[0]


def early_fusion(study: Study, settings: Settings) -> tuple[Fitted, EarlyFusionNetwork]:
    """Return early fusion fitted, and its network."""
    config, recommender = _config(study, settings), study.recommender
    features = [recommender.content_network(name).features for name in recommender.content]
    length = study.run.config.history_length
    with torch_seeded(study.seed, "early_fusion"):
        network = EarlyFusionNetwork(config, features=torch.cat(features, 1), max_length=length)
    return trained(study, "early_fusion", network, config, settings), network


def trained(
    study: Study, name: str, network: Trainable, config: SequenceConfig, settings: Settings
) -> Fitted:
    """Train until validation stops it, or as many epochs as `settings` say."""
    label = f"{name}-{zlib.crc32(json.dumps(settings, sort_keys=True).encode()):08x}"
    plan = None
    if study.first is not None:
        plan = replace(study.first.trained[1], epochs={label: settings["epochs"]})
    lesson = LessonPlan(study.run, "peer", study.learn, study.counts, plan)
    epochs = lesson.fit(label, network, config, 0.0)
    return dense(study, network, epochs=epochs)


def dense(study: Study, network: Trainable, **found: Any) -> Fitted:
    """Rank by one inner product of query and item vector."""
    score, length = dense_scorer(network), study.run.config.history_length

    def by_history(asked: Asked) -> torch.Tensor:
        return score(asked.recent(length))

    return scored(by_history, **found)


def _config(study: Study, settings: Settings) -> SequenceConfig:
    """Return the product's sequence settings with these changes."""
    changes = {name: value for name, value in settings.items() if name != "epochs"}
    return replace(study.run.config.sequence, **changes)


GRID: tuple[Settings, ...] = (
    {},
    {"embedding_dim": 128, "dropout": 0.3, "learning_rate": 2e-3},
    {"embedding_dim": 64, "dropout": 0.4, "layers": 2, "learning_rate": 2e-3},
)
PEERS = {
    "sasrec": Peer("peer", _sasrec, GRID, seeded=True),
    "early_fusion": Peer("early", _early_fusion, GRID, seeded=True),
}
