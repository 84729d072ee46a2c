"""May a candidate version take over? Decided on the same shoppers, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from fusion.evaluation.bootstrap import Floats, Interval, paired

Outcome = Literal["better", "not_worse", "inconclusive", "worse"]
CANDIDATE = "late_fusion"
BASELINES = ("popularity", "item_knn")
MIN_SHOPPERS = 20  # fewer cannot show anything
RESAMPLES = 2000


@dataclass(frozen=True)
class Difference:
    """NDCG@10 of the candidate minus the active version's, with its 95 % interval."""

    mean: float
    low: float
    high: float
    shoppers: int  # on whom both could be measured


@dataclass(frozen=True)
class Verdict:
    """What the gate says, with a reason a person can read.

    Attributes:
        against_active: None where nothing was active, or too few shoppers were comparable.
    """

    passed: bool
    outcome: Outcome
    reason: str
    against_active: Difference | None = None


def decide(
    report: Mapping[str, Any], active_report_scores: Sequence[float | None] | None, margin: float
) -> Verdict:
    """Compare the candidate with the baselines and with the active version.

    Args:
        report: what `evaluate` returned; its gate inputs hold NDCG@10 per shopper.
        active_report_scores: the active version's NDCG@10 on the same shoppers in the same
            order, None where it is not comparable; None as a whole when nothing is active.
        margin: how much of the active version's mean the candidate may lose, e.g. 0.02.
    """
    scores: Mapping[str, Sequence[float]] = report["gate"]["ndcg@10"]
    ours = np.array(scores[CANDIDATE], dtype=np.float64)
    if len(ours) < MIN_SHOPPERS:
        reason = f"{_only(len(ours))} could be tested; at least {MIN_SHOPPERS} are needed."
        return Verdict(False, "inconclusive", reason)
    for name in BASELINES:
        difference = _difference(ours, np.array(scores[name], dtype=np.float64))
        if difference.mean <= 0:
            reason = f"NDCG@10 is not above {name}: difference {_text(difference)}."
            return Verdict(False, "worse", reason)
    if active_report_scores is None:
        return Verdict(True, "better", "Better than the baselines; no version is active yet.")
    return _against_active(ours, active_report_scores, margin)


def _against_active(ours: Floats, active: Sequence[float | None], margin: float) -> Verdict:
    """Compare with the active version where both can be measured."""
    if len(active) != len(ours):
        raise ValueError("The active version was measured on other shoppers than the candidate.")
    theirs = np.array([np.nan if each is None else each for each in active], dtype=np.float64)
    both = ~np.isnan(theirs)
    if both.sum() < MIN_SHOPPERS:
        reason = (
            f"{_only(int(both.sum()))} did something new since the active version was trained; "
            f"at least {MIN_SHOPPERS} are needed to compare."
        )
        return Verdict(False, "inconclusive", reason)
    difference = _difference(ours[both], theirs[both])
    allowed = margin * float(theirs[both].mean())
    text = f"NDCG@10 against the active version: {_text(difference)}, margin {allowed:.4f}."
    passed, outcome = _outcome(difference, allowed)
    return Verdict(passed, outcome, text, Difference(**vars(difference), shoppers=int(both.sum())))


def _outcome(difference: Interval, allowed: float) -> tuple[bool, Outcome]:
    """Return whether a difference passes, and in a word why."""
    if difference.low > 0:
        return True, "better"
    if difference.low >= -allowed:
        return True, "not_worse"
    return False, "worse" if difference.high < -allowed else "inconclusive"


def _difference(ours: Floats, theirs: Floats) -> Interval:
    """Return the paired interval; the seed is fixed, so a verdict can be repeated."""
    return paired(ours, theirs, resamples=RESAMPLES, rng=np.random.default_rng(0))


def _text(difference: Interval) -> str:
    """Write a difference with its interval."""
    return f"{difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"


def _only(count: int) -> str:
    """Write how few shoppers there are."""
    if count == 0:
        return "No shopper"
    return f"Only {count} shopper{'s' if count > 1 else ''}"
