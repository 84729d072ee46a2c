"""Our late fusion, each of its branches alone, and the plain sum of its signals."""

from collections.abc import Callable

from torch import Tensor

from benchmarks.quality.fitted import Fitted, Peer, Rank, Settings
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study
from fusion.evaluation.contestants import RankedBy, equal_weights
from fusion.network.late_fusion import BEHAVIOUR
from fusion.serving.ranker import Ranker

OURS = "late_fusion"


def served(ranker: Ranker) -> Rank:
    """Rank through the serving code, as the product's own report does."""
    contestant, length = RankedBy(ranker), ranker.recommender.config.history_length

    def rank(asked: Asked, k: int) -> Tensor:
        return contestant(asked.recent(length), k, asked.forbidden)

    return rank


def _late_fusion(study: Study, settings: Settings) -> Fitted:
    """Branches trained alone, weights fitted on the validation shoppers."""
    return Fitted(served(Ranker(study.recommender)))


def _equal(study: Study, settings: Settings) -> Fitted:
    """The plain sum of the scaled signals."""
    return Fitted(served(Ranker(equal_weights(study.recommender))))


def branch(name: str) -> Callable[[Study, Settings], Fitted]:
    """Return one branch alone as a contestant."""

    def fit(study: Study, settings: Settings) -> Fitted:
        return Fitted(served(Ranker(study.recommender, branches=[name])))

    return fit


PEERS = {
    OURS: Peer("ours", _late_fusion, seeded=True),
    f"{BEHAVIOUR}_branch": Peer("part", branch(BEHAVIOUR), seeded=True),
    "text_branch": Peer("part", branch("text"), seeded=True, needs=("text",)),
    "image_branch": Peer("part", branch("image"), seeded=True, needs=("image",)),
    "late_fusion_equal": Peer("combined", _equal, seeded=True),
}
