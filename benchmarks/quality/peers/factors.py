"""Matrix factorisation by the package `implicit`: iALS and BPR."""

import warnings
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from benchmarks.quality.fitted import Fitted, Peer, Settings, scored
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study


def _ials(study: Study, settings: Settings) -> Fitted:
    """Weighted least squares (Hu et al. 2008); a shopper's factors are solved from the history."""
    from implicit.cpu.als import AlternatingLeastSquares

    model = _quietly(
        AlternatingLeastSquares,
        torch.get_num_threads(),
        random_state=study.seed,
        iterations=20,
        **settings,
    )
    # Its threads each call BLAS, which must not start more below them.
    with threadpool_limits(1, user_api="blas"):
        model.fit(study.matrix, show_progress=False)
    items = torch.from_numpy(model.item_factors)

    def score(asked: Asked) -> Tensor:
        with threadpool_limits(1, user_api="blas"):
            shoppers = model.recalculate_user(np.arange(len(asked)), asked.known)
        return torch.from_numpy(shoppers) @ items.T

    return scored(score)


def _bpr(study: Study, settings: Settings) -> Fitted:
    """Pairwise ranking of met over unmet items (Rendle et al. 2009).

    A shopper's factors are those of training: what came after it moves nothing. One thread: several
    write the same factors without waiting for each other, and a seed would decide nothing.
    """
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = _quietly(BayesianPersonalizedRanking, 1, random_state=study.seed, **settings)
    model.fit(study.matrix, show_progress=False)
    shoppers, items = torch.from_numpy(model.user_factors), torch.from_numpy(model.item_factors)

    def score(asked: Asked) -> Tensor:
        return shoppers[torch.from_numpy(asked.shopper).long()] @ items.T

    return scored(score)


def _quietly(model: Any, num_threads: int, **settings: Any) -> Any:
    """Build a model without its remarks on the threads of BLAS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model(num_threads=num_threads, **settings)


PEERS = {
    "ials": Peer(
        "peer",
        _ials,
        tuple(
            {"factors": factors, "alpha": alpha, "regularization": ridge}
            for factors, alpha, ridge in (
                (64, 1.0, 10.0),
                (256, 1.0, 10.0),
                (256, 10.0, 10.0),
                (256, 40.0, 10.0),
                (256, 100.0, 100.0),
            )
        ),
        seeded=True,
    ),
    "bpr": Peer(
        "peer",
        _bpr,
        tuple(
            {"factors": factors, "learning_rate": rate, "regularization": ridge, "iterations": runs}
            for factors, rate, ridge, runs in (
                (64, 0.05, 0.01, 100),
                (64, 0.05, 0.05, 100),
                (128, 0.05, 0.02, 200),
                (128, 0.1, 0.01, 100),
                (128, 0.02, 0.002, 200),
                (32, 0.05, 0.02, 200),
            )
        ),
        seeded=True,
    ),
}
