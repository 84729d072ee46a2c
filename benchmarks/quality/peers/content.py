"""Content neighbours without any training: text by TF-IDF, pictures by encoder vectors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.quality.fitted import Fitted, Peer, Settings, scored
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study
from fusion.training.lexical import tf_idf

CHUNK = 512
Likeness = NDArray[np.float32]  # (N+1, N+1) cosines, 0 where negative or absent


def text_likeness(study: Study) -> Likeness:
    """Return the cosines of TF-IDF rows (Salton and Buckley 1988)."""
    terms = tf_idf(study.data.texts or [])
    return _chunked(terms, lambda part: (part @ terms.T).toarray())


def image_likeness(study: Study) -> Likeness:
    """Return the cosines of encoder vectors, the catalogue's mean taken off."""
    features = study.data.modalities["image"]
    centred = features.vectors - features.vectors[features.present].mean(axis=0)
    centred *= features.present[:, None]
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    return _chunked(centred, lambda part: part @ centred.T)


def _chunked(rows: Any, product: Callable[[Any], Any]) -> Likeness:
    """Return all products, negative ones as 0."""
    width = rows.shape[0]
    out = np.empty((width, width), dtype=np.float32)
    for first in range(0, width, CHUNK):
        out[first : first + CHUNK] = np.maximum(product(rows[first : first + CHUNK]), 0)
    return out


def knn(likeness: Callable[[Study], Likeness]) -> Callable[[Study, Settings], Fitted]:
    """Return a contestant that sums likeness over the history, older events counting less.

    Squared once or twice, near-twins count far more than what is loosely alike.
    """

    def fit(study: Study, settings: Settings) -> Fitted:
        if "likeness" not in study.memo:
            study.memo["likeness"] = likeness(study)
        table = study.memo["likeness"]
        for _ in range(settings["squared"]):
            table = np.square(table)

        def score(asked: Asked) -> Tensor:
            return torch.from_numpy(asked.weighed(settings["decay"]) @ table)

        return scored(score)

    return fit


GRID = tuple({"squared": times, "decay": decay} for times in (0, 1, 2) for decay in (1.0, 0.7))
PEERS = {
    "text_knn": Peer("peer", knn(text_likeness), GRID, needs=("text",)),
    "image_knn": Peer("peer", knn(image_likeness), GRID, needs=("image",)),
}
