"""Take texts or pictures away at serving time only, and see what is left of the ranking.

Nothing is trained again: the models learned with everything and meet a poorer catalogue.
"""

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.quality.contest import Result, validation_ndcg
from benchmarks.quality.fitted import Rank, ranked_lists
from benchmarks.quality.peers.combined import plain_fusion
from benchmarks.quality.peers.networks import dense, early_fusion
from benchmarks.quality.peers.ours import OURS, served
from benchmarks.quality.questions import Questions
from benchmarks.quality.splits import Exam
from benchmarks.quality.study import Study
from fusion.dataset.data import ModalityFeatures
from fusion.evaluation.bootstrap import paired
from fusion.evaluation.hits import hits_of
from fusion.network.recommender import Recommender
from fusion.serving.ranker import Ranker
from fusion.training.seed import generator


@dataclass(frozen=True)
class Removal:
    """A modality and the share of the items that lose it."""

    modality: str
    share: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `image` or `text=0.5`.

        Raises:
            ValueError: the share is no number above 0 and up to 1.
        """
        modality, _, share = text.partition("=")
        removal = cls(modality, float(share) if share else 1.0)
        if not 0 < removal.share <= 1:
            raise ValueError(f"The share in {text!r} must be above 0 and at most 1.")
        return removal

    def __str__(self) -> str:
        """Return what `parse` reads."""
        return self.modality if self.share == 1 else f"{self.modality}={self.share:g}"

    def rows(self, study: Study) -> NDArray[np.int64]:
        """Return the item rows that lose the modality, drawn by the seed."""
        rng = generator(study.seed, "removal", self.modality)
        gone = rng.random(study.data.num_items + 1) < self.share
        return np.flatnonzero(gone & study.data.modalities[self.modality].present)

    def of(self, recommender: Recommender, rows: NDArray[np.int64]) -> Recommender:
        """Return the recommender with the modality of these rows gone."""
        width = recommender.shape.raw_dims[self.modality]
        nothing = np.zeros((len(rows) + 1, width), dtype=np.float32)
        absent = ModalityFeatures(nothing, np.zeros(len(rows) + 1, dtype=np.bool_))
        keys = recommender.item_ids[torch.from_numpy(rows)].numpy()
        return recommender.with_products(keys, {self.modality: absent})


def under_removal(
    removal: Removal,
    exam: Exam,
    results: Mapping[str, Result],
    questions: Questions,
    resamples: int,
) -> dict[str, Any]:
    """Compare the late fusion with the best remaining branch, both without what is removed.

    The best branch is the one that ranks validation best under the same removal.

    Args:
        results: early fusion and the plain late fusion are shown as well, where they are here.
        questions: the test, or validation where the test is not to be read.
    """
    ranks = _ranks(removal, exam.final)
    choosing = ranks if exam.final is exam.study else _ranks(removal, exam.study)
    scores = {n: validation_ndcg(r, exam.validation) for n, r in choosing.items() if n != OURS}
    best = max(scores, key=lambda name: scores[name])
    for name, poorer in (("plain_late_fusion", _plain), ("early_fusion", _early)):
        if name in results:
            ranks[name] = poorer(removal, exam.final, results[name])
    found = {name: _ndcg(rank, questions) for name, rank in ranks.items()}
    rng = np.random.default_rng(0)
    difference = paired(found[OURS], found[best], resamples=resamples, rng=rng)
    return {
        "ndcg@10": {name: float(each.mean()) for name, each in found.items()},
        "best_branch": best,
        "late_fusion_minus_best_branch": asdict(difference),
    }


def _ranks(removal: Removal, study: Study) -> dict[str, Rank]:
    """Return the late fusion and each remaining branch, poorer by what is removed."""
    poorer = removal.of(study.recommender, removal.rows(study))
    ranks = {OURS: served(Ranker(poorer))}
    for branch in poorer.branches:
        if removal.share < 1 or branch != removal.modality:
            ranks[branch] = served(Ranker(poorer, branches=[branch]))
    return ranks


def _plain(removal: Removal, study: Study, result: Result) -> Rank:
    """Return the plain late fusion of the chosen settings, its branches poorer."""
    poorer = removal.of(study.recommender, removal.rows(study))
    return plain_fusion(study, result.chosen.settings, poorer).rank


def _early(removal: Removal, study: Study, result: Result) -> Rank:
    """Return early fusion of the chosen settings with the features of some items zeroed."""
    settings = result.chosen.settings | (result.found if study.first else {})
    network = copy.copy(early_fusion(study, settings)[1])
    names = list(study.recommender.content)
    widths = [study.recommender.content_network(name).features.shape[1] for name in names]
    first = sum(widths[: names.index(removal.modality)])
    features = network.features.clone()
    columns = slice(first, first + widths[names.index(removal.modality)])
    features[torch.from_numpy(removal.rows(study)), columns] = 0
    network._buffers = dict(network._buffers) | {"features": features}
    return dense(study, network).rank


def _ndcg(rank: Rank, questions: Questions) -> NDArray[np.float64]:
    """Return (S,) NDCG@10."""
    return hits_of(ranked_lists(rank, questions), questions.relevant).ndcg(10)
