"""Fit the fusion's two tables on held-out choices by coordinate ascent on NDCG.

The ranking metric itself is climbed, one weight at a time (Metzler and Croft 2007): with a
handful of weights that is exact where a smooth loss is not, and it takes seconds. A smooth loss
says where a second climb begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from fusion.network.late_fusion import LateFusion
from fusion.training.fusion_problem import FusionProblem

STEPS = (0.7, 0.85, 0.93, 1.08, 1.2, 1.5)  # tried as multiples of a weight
LEVELS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7)  # and as shares of the largest weight
SWEEPS = 5
ROUNDS = 60  # of the smooth fit the climb begins with
FLOOR = 0.02  # of the largest weight: none vanishes, for item gates multiply it
PRIOR = 100.0  # validation shoppers that weigh as much as the belief in equal weights
TRUSTS = (0.0, 0.25, 0.5, 0.75, 1.0)
SCALE_PRIOR = 50.0  # held-out items of a pattern that weigh as much as leaving its scale alone
AS_GOOD = 0.995  # of the best gain
CUTS = (10, 100)  # ranks that count; the deeper one steadies the climb


def gain(fused: Tensor) -> Tensor:
    """Return (V,) mean of NDCG@10 and NDCG@100 of candidate 0 among (V, C) fused scores."""
    # A tie counts against the chosen item: where no table points, all candidates are at 0.
    rank = (fused >= fused[:, :1]).sum(1)
    discounted = 1 / torch.log2(rank + 1.0)
    return sum((discounted * (rank <= cut) for cut in CUTS), torch.zeros(())) / len(CUTS)


@dataclass(frozen=True)
class Rehearsed:
    """Items the fusion is fitted on as if less were known of them.

    Attributes:
        new: (N+1,) bool, items that the content branches have not met.
        poorer: (N+1,) bool, half of all, whose texts or pictures are taken away by turns.
    """

    new: Tensor
    poorer: Tensor


def fit_fusion(
    fusion: LateFusion, problem: FusionProblem, rehearsed: Rehearsed, *, shrinkage: float
) -> None:
    """Fit both tables in place."""
    possible = fusion.possible()
    plain = torch.ones(len(fusion.signals))
    everyone = _for_everyone(problem, possible, plain)
    fusion.shopper_weights.copy_(_by_bucket(fusion, problem, possible, everyone, shrinkage))
    fusion.item_gates.copy_(_gates(fusion, problem, rehearsed))


def _for_everyone(problem: FusionProblem, gates: Tensor, plain: Tensor) -> Tensor:
    """Return (S,) weights between the fitted and the plain ones.

    How far to trust a fit is measured: weights fitted on one half of the shoppers are tried
    on the other, at several distances from plain.
    """
    fitted = _fitted(problem, gates)
    values = torch.zeros(len(TRUSTS))
    even = torch.arange(len(problem.buckets)) % 2 == 0
    for known, other in ((even, ~even), (~even, even)):
        if not (known.any() and other.any()):
            return plain
        half = _fitted(problem.part(known), gates)
        tried = [blend(half, plain, trust=trust) for trust in TRUSTS]
        values += torch.stack([_value(problem.part(other), gates, w) for w in tried])
    return blend(fitted, plain, trust=min(TRUSTS[int(values.argmax())], _trust(problem)))


def _value(problem: FusionProblem, gates: Tensor, weights: Tensor) -> Tensor:
    """Return the gain under (S,) weights, summed over the shoppers."""
    return gain(problem.fused(weights.expand(int(problem.buckets.max()) + 1, -1), gates)).sum()


def _fitted(problem: FusionProblem, gates: Tensor) -> Tensor:
    """Return (S,) weights for all shoppers alike: the higher of two climbs."""
    parts = _parts(problem, gates)
    starts = (torch.ones(len(parts)), likeliest(parts, problem.bias))
    ends = [climb(parts, problem.bias, start, range(len(start))) for start in starts]
    reached = [
        float(gain(torch.einsum("jvc,j->vc", parts, end) + problem.bias).mean()) for end in ends
    ]
    return ends[reached.index(max(reached))]


def _parts(problem: FusionProblem, gates: Tensor) -> Tensor:
    """Return the (S, V, C) gated signals."""
    return (problem.signals * gates[problem.patterns]).movedim(-1, 0).contiguous()


def likeliest(parts: Tensor, fixed: Tensor) -> Tensor:
    """Return the weights under which a softmax finds the held-out choices likeliest.

    This loss has one valley, the metric has many peaks: from equal weights the climb ends on one
    beside the highest where a single signal should carry nearly all. Where shoppers are few, a
    belief in equal weights (a normal prior on the logarithms) keeps the weights finite.

    Args:
        parts: (J, V, C) what each weight multiplies.
        fixed: (V, C) what no weight touches.
    """
    logs = torch.zeros(len(parts), requires_grad=True)
    chosen = torch.zeros(parts.shape[1], dtype=torch.long)
    optimizer = torch.optim.LBFGS([logs], max_iter=ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        scores = torch.einsum("jvc,j->vc", parts, logs.exp()) + fixed
        wrong = F.cross_entropy(scores, chosen, reduction="sum") + logs.square().sum() / 2
        wrong.backward()
        return wrong

    optimizer.step(loss)
    weights = logs.detach().exp()
    return weights.clamp(min=float(weights.max()) * FLOOR)


def climb(parts: Tensor, fixed: Tensor, start: Tensor, places: Sequence[int]) -> Tensor:
    """Return weights of `sum_j weights_j parts_j + fixed` no single step improves.

    Args:
        parts: (J, V, C) what each weight multiplies.
        fixed: (V, C) what no weight touches.
        start: (J,) weights to begin with.
        places: which weights may move; SWEEPS rounds at most.
    """
    weights = start.clone()
    fused = torch.einsum("jvc,j->vc", parts, weights) + fixed
    best = float(gain(fused).mean())
    for _ in range(SWEEPS):
        before = best
        for place in places:
            others = fused - parts[place] * weights[place]
            for weight in _tries(weights, place):
                tried = torch.add(others, parts[place], alpha=weight)
                if (reached := float(gain(tried).mean())) > best:
                    best, fused, weights[place] = reached, tried, weight
        if best <= before:
            break
    return weights


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
            few = problem.part(chosen)
            own = climb(_parts(few, gates), few.bias, everyone, range(len(everyone)))
        trust = count / (count + shrinkage)
        rows.append(blend(own, everyone, trust=trust))
    return torch.stack(rows)


def blend(fitted: Tensor, prior: Tensor, *, trust: float) -> Tensor:
    """Return the weighted geometric mean of two weight vectors of equal sum.

    Ranking knows no scale, so both are brought to the same sum first.
    """
    scaled = fitted * (prior.sum() / fitted.sum())
    return (scaled.log() * trust + prior.log() * (1 - trust)).exp()


def _gates(fusion: LateFusion, problem: FusionProblem, rehearsed: Rehearsed) -> Tensor:
    """Return (P, S) gates: how the weights change when branches are absent.

    For each pattern with behaviour the absent branches are taken from a half of the items, and
    the gates of that half are fitted beside the other half. Items without behaviour keep the
    weights their signals have beside the others, and only their scale is fitted.
    """
    possible = fusion.possible()
    gates = possible.clone()
    known = range(1, len(possible) - 1, 2)  # odd: with behaviour
    for pattern in known:
        poorer = problem.with_absent(rehearsed.poorer, pattern)
        gates[pattern] = _fitted_gates(fusion, poorer, possible, pattern)
    gates = _scaled(fusion, problem, gates, known)
    # Held-out items nearly all have behaviour, and what finds those is no guide to new ones.
    return _scaled_for_new(fusion, problem.with_new(rehearsed.new), gates)


def _fitted_gates(
    fusion: LateFusion, problem: FusionProblem, gates: Tensor, pattern: int
) -> Tensor:
    """Return (S,) gates of one pattern, those of all others being what they are."""
    places = [place for place in _gated(fusion) if gates[pattern, place] > 0]
    weighted = problem.signals * fusion.shopper_weights[problem.buckets].unsqueeze(1)
    others = gates.clone()
    others[pattern, places] = 0
    fixed = (weighted * others[problem.patterns]).sum(-1) + problem.bias
    own = weighted[..., places] * (problem.patterns == pattern).unsqueeze(-1)
    found = gates[pattern].clone()
    parts = own.movedim(-1, 0).contiguous()
    climbed = climb(parts, fixed, found[places], range(len(places)))
    found[places] = climbed ** _trust(problem)
    return found


def _trust(problem: FusionProblem) -> float:
    """Return how far to leave equal weights for what so many shoppers say, from 0 to 1."""
    return len(problem.buckets) / (len(problem.buckets) + PRIOR)


def _scaled_for_new(fusion: LateFusion, problem: FusionProblem, gates: Tensor) -> Tensor:
    """Scale the gates of all patterns without behaviour alike.

    New and known items pay for each other, so the gain hardly changes over a wide range of scales:
    the middle of those that are as good as the best is taken, not a best by chance.
    """
    scales = torch.logspace(-0.5, 0.5, 29)
    without = torch.arange(len(gates)).unsqueeze(1) % 2 == 0
    tried = [torch.where(without, gates * scale, gates) for scale in scales]
    gains = torch.stack([gain(problem.fused(fusion.shopper_weights, g)).mean() for g in tried])
    middle = scales[gains >= gains.max() * AS_GOOD].log().mean()
    seen = (problem.patterns[:, 0] % 2 == 0).sum()
    return torch.where(without, gates * (middle * seen / (seen + SCALE_PRIOR)).exp(), gates)


def _gated(fusion: LateFusion) -> list[int]:
    """Return the signals with item gates: all but popularity.

    It is all a new shopper gets, and must not depend on who has a picture.
    """
    return [place for place, name in enumerate(fusion.signals) if name != "popularity"]


def _scaled(
    fusion: LateFusion, problem: FusionProblem, gates: Tensor, patterns: Sequence[int]
) -> Tensor:
    """Scale the gates of some patterns so that their items compare with all others.

    A pattern few held-out items have is moved little.
    """
    gated = torch.zeros(gates.shape[1])
    gated[_gated(fusion)] = 1
    weights = fusion.shopper_weights
    unbiased = replace(problem, bias=torch.zeros_like(problem.bias))
    moved = unbiased.fused(weights, gates * gated)
    fixed = problem.fused(weights, gates * (1 - gated))
    parts = moved * (problem.patterns == torch.arange(len(gates))[:, None, None])
    seen = problem.patterns[:, 0].bincount(minlength=len(gates))
    places = [p for p in patterns if seen[p] > 0]
    scales = climb(parts, fixed, torch.ones(len(gates)), places) ** (seen / (seen + SCALE_PRIOR))
    return gates * torch.where(gated > 0, scales.unsqueeze(1), 1.0)
