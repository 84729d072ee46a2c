"""Fit the fusion's two tables on held-out choices by coordinate ascent on NDCG.

The ranking metric itself is climbed, one weight at a time (Metzler and Croft 2007): with a
handful of weights that is exact where a smooth loss is not, and it takes seconds.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from fusion.network.late_fusion import LateFusion
from fusion.training.fusion_problem import FusionProblem

STEPS = (0.7, 0.85, 0.93, 1.08, 1.2, 1.5)  # tried as multiples of a weight
LEVELS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7)  # and as shares of the largest weight
SWEEPS = 5
FLOOR = 0.02  # of the largest weight: none vanishes, for item gates multiply it
PRIOR = 100.0  # validation shoppers that weigh as much as the belief in equal weights
SCALE_PRIOR = 50.0  # held-out items of a pattern that weigh as much as leaving its scale alone
CUTS = (10, 100)  # ranks that count; the deeper one steadies the climb


def gain(fused: Tensor) -> Tensor:
    """Return (V,) mean of NDCG@10 and NDCG@100 of candidate 0 among (V, C) fused scores."""
    rank = 1 + (fused[:, 1:] > fused[:, :1]).sum(1)
    discounted = 1 / torch.log2(rank + 1.0)
    return sum((discounted * (rank <= cut) for cut in CUTS), torch.zeros(())) / len(CUTS)


def fit_fusion(fusion: LateFusion, problem: FusionProblem, *, shrinkage: float) -> None:
    """Fit both tables in place."""
    possible = fusion.possible()
    plain = torch.ones(len(fusion.signals))
    fitted = _climb_signals(problem, possible, plain)
    everyone = blend(fitted, plain, trust=len(problem.buckets) / (len(problem.buckets) + PRIOR))
    fusion.shopper_weights.copy_(_by_bucket(fusion, problem, possible, everyone, shrinkage))
    fusion.item_gates.copy_(_gates(fusion, problem, possible, everyone))


def _climb_signals(
    problem: FusionProblem, gates: Tensor, start: Tensor, places: Sequence[int] | None = None
) -> Tensor:
    """Return (S,) weights for all shoppers alike; only `places` move, or all."""
    signals = problem.signals * gates[problem.patterns]

    def value(weights: Tensor) -> float:
        return float(gain(signals @ weights + problem.bias).mean())

    return climb(value, start, range(len(start)) if places is None else places)


def climb(value: Callable[[Tensor], float], start: Tensor, places: Sequence[int]) -> Tensor:
    """Return weights no single step improves, from `start`; at most SWEEPS rounds.

    Args:
        places: which weights may move.
    """
    best, best_value = start.clone(), value(start)
    for _ in range(SWEEPS):
        before = best_value
        for place in places:
            for weight in _tries(best, place):
                tried = best.clone()
                tried[place] = weight
                if (reached := value(tried)) > best_value:
                    best, best_value = tried, reached
        if best_value <= before:
            break
    return best


def _tries(weights: Tensor, place: int) -> list[float]:
    """Return the values worth trying for one weight."""
    largest, own = float(weights.max()), float(weights[place])
    tries = [own * step for step in STEPS] + [largest * level for level in LEVELS]
    return [max(each, largest * FLOOR) for each in tries]


def _by_bucket(
    fusion: LateFusion, problem: FusionProblem, gates: Tensor, everyone: Tensor, shrinkage: float
) -> Tensor:
    """Return (H, S) weights: each bucket's own, pulled to everyone's where shoppers are few."""
    rows = []
    for bucket in range(len(fusion.shopper_weights)):
        chosen = problem.buckets == bucket
        count = int(chosen.sum())
        own = everyone
        if count > 0:
            own = _climb_signals(_part(problem, chosen), gates, everyone)
        trust = count / (count + shrinkage)
        rows.append(blend(own, everyone, trust=trust))
    return torch.stack(rows)


def blend(fitted: Tensor, prior: Tensor, *, trust: float) -> Tensor:
    """Return the weighted geometric mean of two weight vectors of equal sum.

    Ranking knows no scale, so both are brought to the same sum first.
    """
    scaled = fitted * (prior.sum() / fitted.sum())
    return (scaled.log() * trust + prior.log() * (1 - trust)).exp()


def _gates(
    fusion: LateFusion, problem: FusionProblem, possible: Tensor, everyone: Tensor
) -> Tensor:
    """Return (P, S) gates: how the weights change when branches are absent.

    For each pattern the absent branches are silenced on every item and the weights of the
    others are fitted again; the gate is the ratio.
    """
    gates = possible.clone()
    for pattern in range(1, len(possible) - 1):
        allowed = possible[pattern]
        silenced = allowed.expand_as(possible) * possible
        places = [s for s in _gated(fusion) if allowed[s] > 0]
        fitted = _climb_signals(problem, silenced, everyone * allowed, places)
        gates[pattern] = fitted / everyone
    return _scaled(fusion, problem, gates)


def _gated(fusion: LateFusion) -> list[int]:
    """Return the signals with item gates: all but popularity.

    It is all a new shopper gets, and must not depend on who has a picture.
    """
    return [place for place, name in enumerate(fusion.signals) if name != "popularity"]


def _scaled(fusion: LateFusion, problem: FusionProblem, gates: Tensor) -> Tensor:
    """Scale each pattern's gates so that items of different patterns compare.

    The full pattern is the measure of the others; a pattern few held-out items have is
    moved little.
    """
    seen = problem.patterns[:, 0].bincount(minlength=len(gates))
    gated = torch.zeros(gates.shape[1])
    gated[_gated(fusion)] = 1

    def scaled(scales: Tensor) -> Tensor:
        return gates * torch.where(gated > 0, scales.unsqueeze(1), 1.0)

    def value(scales: Tensor) -> float:
        return float(gain(problem.fused(fusion.shopper_weights, scaled(scales))).mean())

    places = [p for p in range(len(gates) - 1) if seen[p] > 0]
    scales = climb(value, torch.ones(len(gates)), places)
    return scaled(scales ** (seen / (seen + SCALE_PRIOR)))


def _part(problem: FusionProblem, chosen: Tensor) -> FusionProblem:
    """Return the chosen shoppers' share of the problem."""
    return FusionProblem(
        problem.signals[chosen],
        problem.patterns[chosen],
        problem.buckets[chosen],
        problem.bias[chosen],
    )
