"""From one step to the next until the answer is full."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from fusion.serving.filters import ShowRules
from fusion.serving.messages import RankedList
from fusion.serving.popular import popularity_cache
from fusion.serving.results import Result, Step

# Read with each chunk beyond what is missing, for those that may not be shown.
SPARE = 10
DECIMALS = 6  # of contributions and so of their sum
MOST_CANDIDATES = 1_000  # of one step; bounds the search when few of them may be shown


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product on its way into an answer.

    Attributes:
        contributions: adds up to the score.
    """

    product_pk: int
    contributions: dict[str, float]


StepCandidates = tuple[Step, Iterable[Candidate]]


def ranked_candidates(ranked: RankedList) -> Iterator[Candidate]:
    """Give the model's products, best first."""
    for product_pk, row in zip(ranked.product_pks, ranked.contributions, strict=True):
        yield Candidate(product_pk, dict(zip(ranked.branches, row, strict=True)))


def popular_candidates(
    category_pks: frozenset[int] | None, *, now: datetime
) -> Iterator[Candidate]:
    """Give the popular products of these categories, or of all, best first."""
    for product_pk, score in popularity_cache.get(now=now).best(category_pks):
        yield Candidate(product_pk, {"popularity": score})


def newest_candidates(rules: ShowRules, limit: int) -> Iterator[Candidate]:
    """Give the products that came last, of those that may be shown."""
    for product_pk in rules.newest(limit):
        yield Candidate(product_pk, {})


def fill(steps: Iterable[StepCandidates], rules: ShowRules, *, limit: int) -> list[Result]:
    """Take what may be shown from step after step, until there are `limit` products."""
    results: dict[int, Result] = {}
    for step, candidates in steps:
        new = (each for each in candidates if each.product_pk not in results)
        bounded = islice(new, MOST_CANDIDATES)
        while len(results) < limit and (
            chunk := list(islice(bounded, limit - len(results) + SPARE))
        ):
            shown = rules.showable([each.product_pk for each in chunk])
            for each in chunk:
                if each.product_pk in shown and len(results) < limit:
                    rank = len(results) + 1
                    results[each.product_pk] = _result(each, shown[each.product_pk], rank, step)
        if len(results) == limit:
            break
    return list(results.values())


def _result(candidate: Candidate, product_id: str, rank: int, step: Step) -> Result:
    contributions = candidate.contributions
    score = round(sum(contributions.values(), 0.0), DECIMALS)
    return Result(product_id, rank, score, step, contributions)
