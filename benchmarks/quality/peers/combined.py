"""Other ways to combine our branches: by rank, by squared loss, by boosted trees."""

import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.quality.fitted import Fitted, Peer, Settings, scored, top_rows
from benchmarks.quality.questions import Asked, Questions, from_holdout
from benchmarks.quality.study import Study
from fusion.network.recommender import Recommender
from fusion.serving.ranker import Ranker
from fusion.training.seed import generator

DEPTH = 500  # ranks that reciprocal-rank fusion sums
CANDIDATES = 100  # of each branch that the trees re-rank
SUM_NEGATIVES = 10  # per held-out choice, for the linear combination the trees may read
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Branches:
    """The branches of our recommender, each ranking alone.

    Shapes: B shoppers, N items, M branches.
    """

    rankers: list[Ranker]

    def scores(self, asked: Asked) -> Tensor:
        """Return (B, N+1, M) branch scores, as each branch serves them."""
        length = self.rankers[0].recommender.config.history_length
        history = asked.recent(length)
        found = [each.index.scores(each.index.queries(history)) for each in self.rankers]
        return torch.stack(found, dim=-1).clamp(min=-1e9)  # row 0 is minus infinity


def branches_of(recommender: Recommender) -> Branches:
    """Return the branches of a recommender."""
    return Branches([Ranker(recommender, branches=[name]) for name in recommender.branches])


def validation_of(study: Study) -> Questions:
    """Return the validation questions the product fits its own fusion on."""
    split = (study.first or study).run.split
    return from_holdout(split.interactions, split.validation, study.data.num_items)


def _reciprocal_rank(study: Study, settings: Settings) -> Fitted:
    """Sum 1 / (k + rank) over the branches (Cormack et al. 2009)."""
    branches = branches_of(study.recommender)

    def score(asked: Asked) -> Tensor:
        hidden = asked.forbidden.unsqueeze(-1)
        found = branches.scores(asked).masked_fill(hidden, float("-inf"))
        out = torch.zeros(found.shape[:2])
        for part in found.unbind(-1):
            rows = part.topk(min(DEPTH, part.shape[1]), dim=1).indices
            gains = 1 / (settings["k"] + torch.arange(1.0, rows.shape[1] + 1))
            out.scatter_add_(1, rows, gains.expand(rows.shape))
        return out

    return scored(score)


def _plain(study: Study, settings: Settings) -> Fitted:
    """The textbook form: a linear combination of the models' outputs, fitted by squared loss.

    Held-out choices are 1, items drawn evenly 0; one weight per model and a constant.
    """
    return plain_fusion(study, settings, study.recommender)


def plain_fusion(study: Study, settings: Settings, recommender: Recommender) -> Fitted:
    """Combine the branches of a recommender by the weights fitted in the study.

    Args:
        recommender: that of the study, or one that knows less of the catalogue.
    """
    weights = _least_squares(study.first or study, settings["negatives"])
    branches = branches_of(recommender)

    def score(asked: Asked) -> Tensor:
        return branches.scores(asked) @ weights

    return scored(score)


def _least_squares(study: Study, negatives: int) -> Tensor:
    """Return (M,) weights of the branch scores."""
    rng, branches = generator(study.seed, "plain"), branches_of(study.recommender)
    questions = validation_of(study)
    inputs, wanted = [], []
    for first, asked in _numbered(questions):
        target = questions.relevant[first : first + len(asked)].indices[:, None]
        drawn = rng.integers(1, study.data.num_items + 1, (len(asked), negatives))
        rows = torch.from_numpy(np.hstack([target, drawn])).long()
        inputs.append(_at(branches.scores(asked), rows).flatten(0, 1))
        wanted.append((torch.arange(1 + negatives) == 0).float().repeat(len(asked)))
    table = torch.cat(inputs)
    table = torch.cat([table, torch.ones(len(table), 1)], dim=1)
    solved: Tensor = torch.linalg.lstsq(table, torch.cat(wanted).unsqueeze(1)).solution
    return solved[:-1, 0]


def _lambdamart(study: Study, settings: Settings) -> Fitted:
    """Boosted trees on branch scores (Burges 2010), over the best candidates of each branch.

    They start from the linear combination of the plain form and learn what it gets wrong: a few
    hundred shoppers are too few for trees to find even that from nothing. Two halves of the
    validation shoppers: each half is ranked by the trees of the other when settings are chosen;
    both together rank the test.
    """
    first = study.first or study
    weights = _spread(first, _least_squares(first, SUM_NEGATIVES))
    learned = Candidates(first, branches_of(first.recommender), weights)
    grown = [_trees(learned, half, settings) for half in (0, 1)]
    candidates = Candidates(study, branches_of(study.recommender), weights)
    return Fitted(
        partial(_order, candidates, [grown, grown]),
        unseen=partial(_order, candidates, [grown[1:], grown[:1]]),
    )


def _spread(study: Study, weights: Tensor) -> Tensor:
    """Return the weights scaled so that the combination spreads by 1 over the catalogue.

    The trees' loss knows a scale, least squares on 0 and 1 leave one far too small for it.
    """
    asked = next(validation_of(study).batches())
    return weights / (branches_of(study.recommender).scores(asked) @ weights)[:, 1:].std()


@dataclass(frozen=True)
class Candidates:
    """The items the trees put in order, and what they know of each.

    Attributes:
        weights: (M,) of the linear combination the trees start from.
    """

    study: Study
    branches: Branches
    weights: Tensor

    def of(self, asked: Asked) -> tuple[Tensor, Floats]:
        """Return (B, C) rows, the best of each branch, and (B, C, F) features for the trees.

        Features: the linear combination, the branch scores, the place of the item among the
        candidates by each of these, how often the item was chosen, and the length of the history.
        A row that two branches name stands twice: the same features, the same score.
        """
        scores = self.branches.scores(asked)
        scores = torch.cat([(scores @ self.weights).unsqueeze(-1), scores], dim=-1)
        shown = scores.masked_fill(asked.forbidden.unsqueeze(-1), float("-inf"))
        kept = min(CANDIDATES, scores.shape[1] - 1)
        rows = torch.cat([part.topk(kept, dim=1).indices for part in shown.unbind(-1)], dim=1)
        own = _at(scores, rows)
        places = own.argsort(dim=1, descending=True).argsort(dim=1).float()
        counts = self.study.counts.log1p()[rows].unsqueeze(-1)
        lengths = torch.from_numpy(np.log1p(asked.everything.lengths)).float()
        parts = [own, places, counts, lengths[:, None, None].expand(*rows.shape, 1)]
        found: Floats = torch.cat(parts, dim=-1).numpy()
        return rows, found


def _trees(candidates: Candidates, half: int, settings: Settings) -> Any:
    """Grow trees on one half of the validation shoppers."""
    from lightgbm import LGBMRanker

    study, questions = candidates.study, validation_of(candidates.study)
    questions = questions.take(questions.asked.shopper % 2 == half)
    inputs, wanted, groups = [], [], []
    for first, asked in _numbered(questions):
        rows, features = candidates.of(asked)
        target = torch.from_numpy(questions.relevant[first : first + len(asked)].indices)
        found = (rows == target.long().unsqueeze(1)).float()
        helpful = (found.sum(1) > 0).numpy()  # elsewhere there is nothing to put in order
        inputs.append(features[helpful].reshape(-1, features.shape[-1]))
        wanted.append(found.numpy()[helpful].ravel())
        groups.append(np.full(int(helpful.sum()), rows.shape[1]))
    trees = LGBMRanker(
        random_state=study.seed, n_jobs=torch.get_num_threads(), verbosity=-1, **settings
    )
    table = np.concatenate(inputs)
    return trees.fit(
        table, np.concatenate(wanted), group=np.concatenate(groups), init_score=table[:, 0]
    )


def _order(candidates: Candidates, trees_of: list[list[Any]], asked: Asked, k: int) -> Tensor:
    """Rank even shoppers by `trees_of[0]`, odd ones by `trees_of[1]`, summing where several."""
    rows, features = candidates.of(asked)
    scores = torch.full(asked.forbidden.shape, float("-inf"))
    odd = asked.shopper % 2 == 1
    for half, trees in enumerate(trees_of):
        mine = np.flatnonzero(odd == bool(half))
        if len(mine) == 0:
            continue
        flat = features[mine].reshape(-1, features.shape[-1])
        found = sum((_predicted(each, flat) for each in trees), np.zeros(len(flat)))
        at = torch.from_numpy(mine)
        part = torch.from_numpy(found.reshape(len(mine), -1)).float()
        scores[at] = scores[at].scatter(1, rows[at], part)
    return top_rows(scores.masked_fill(asked.forbidden, float("-inf")), k)


def _predicted(trees: Any, features: Floats) -> NDArray[np.float64]:
    """Return where the trees start and what they add, without the remark on column names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found: NDArray[np.float64] = features[:, 0] + trees.predict(features)
    return found


def _at(scores: Tensor, rows: Tensor) -> Tensor:
    """Return the (B, C, M) scores of (B, C) rows."""
    return scores.gather(1, rows.unsqueeze(-1).expand(*rows.shape, scores.shape[-1]))


def _numbered(questions: Questions) -> list[tuple[int, Asked]]:
    """Return the batches with the number of their first question."""
    batches = list(questions.batches())
    firsts = np.cumsum([0, *(len(each) for each in batches)])[:-1]
    return list(zip(firsts.tolist(), batches, strict=True))


PEERS = {
    "reciprocal_rank_fusion": Peer(
        "combined", _reciprocal_rank, tuple({"k": k} for k in (2, 10, 60)), seeded=True
    ),
    "plain_late_fusion": Peer(
        "combined", _plain, tuple({"negatives": n} for n in (1, 10, 100)), seeded=True
    ),
    "lambdamart": Peer(
        "combined",
        _lambdamart,
        tuple(
            {
                "num_leaves": leaves,
                "n_estimators": trees,
                "learning_rate": rate,
                "min_child_samples": least,
            }
            for leaves, trees, rate, least in (
                (4, 20, 0.02, 100),
                (4, 30, 0.05, 100),
                (8, 50, 0.05, 100),
                (15, 100, 0.05, 100),
                (31, 200, 0.05, 100),
            )
        ),
        seeded=True,
    ),
}
