"""A small shop with a known answer: two kinds of products, two kinds of shoppers.

Even shoppers take even items only, odd shoppers odd ones. Texts and pictures tell the kinds
apart; the last two items (one of each kind) were never taken by anyone.
"""

from dataclasses import replace

import numpy as np

from fusion.config import (
    ContentConfig,
    CoOccurrenceConfig,
    EvaluationConfig,
    FusionConfig,
    SequenceConfig,
    TrainingConfig,
)
from fusion.dataset.data import Interactions, ModalityFeatures, TrainingData

NUM_ITEMS = 24
NUM_SHOPPERS = 60
HISTORY = 8
COLD_EVEN, COLD_ODD = 24, 23  # rows; product keys are 100 more
FIRST_KEY = 100
KINDS = ("even handed", "odd looking")


def checkerboard(seed: int = 0) -> TrainingData:
    """Return the shop; row r of the items has product key FIRST_KEY + r."""
    rng = np.random.default_rng(seed)
    shopper = np.repeat(np.arange(NUM_SHOPPERS), HISTORY)
    kind = shopper % 2
    choices = [rng.choice(np.arange(1, 12), HISTORY, replace=False) for _ in range(NUM_SHOPPERS)]
    item = 2 * np.concatenate(choices) - kind
    interactions = Interactions(
        shopper=shopper.astype(np.int32),
        item=item.astype(np.int32),
        occurred_at=np.tile(np.arange(HISTORY), NUM_SHOPPERS).astype(np.int64) * 60,
        weight=np.ones(len(item), dtype=np.float32),
    )
    return TrainingData(
        interactions=interactions,
        num_shoppers=NUM_SHOPPERS,
        item_ids=np.concatenate([[0], FIRST_KEY + np.arange(1, NUM_ITEMS + 1)]).astype(np.int64),
        modalities={"text": _features(rng, 6), "image": _features(rng, 10, missing=(3, 4))},
        texts=["", *(f"{KINDS[row % 2]} thing number {row}" for row in range(1, NUM_ITEMS + 1))],
        data_hash=f"checkerboard-{seed}",
        cutoff=HISTORY * 60,
    )


def _features(
    rng: np.random.Generator, dim: int, missing: tuple[int, ...] = ()
) -> ModalityFeatures:
    """Return vectors near one of two poles, by kind."""
    rows = np.arange(NUM_ITEMS + 1)
    poles = rng.normal(size=(2, dim))
    vectors = poles[rows % 2] + 0.3 * rng.normal(size=(NUM_ITEMS + 1, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    present = (rows > 0) & ~np.isin(rows, missing)
    return ModalityFeatures((vectors * present[:, None]).astype(np.float32), present)


def small_config(seed: int = 0) -> TrainingConfig:
    """Return settings that train on the checkerboard in a second or two."""
    small = SequenceConfig(embedding_dim=16, max_epochs=4, patience=2, tokens_per_batch=128)
    gentle = replace(small, learning_rate=1e-3)  # heads over few products overfit at once
    return TrainingConfig(
        seed=seed,
        history_length=8,
        sequence=small,
        co_occurrence=CoOccurrenceConfig(neighbours=12, kernels=((0.5, 1.0),), decays=(1.0,)),
        content=ContentConfig(hidden=16, sequence=gentle),
        fusion=FusionConfig(shoppers=60, candidates=20),
        evaluation=EvaluationConfig(early_fusion=False, resamples=200),
    )


def silent(stage: str, done: float, message: str = "", **curve_point: float) -> None:
    """Take no note of the progress."""
