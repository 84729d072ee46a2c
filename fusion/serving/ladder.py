"""The candidates of each step, best first."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import repeat
from typing import NamedTuple

from fusion.serving.filters import Conditions
from fusion.serving.messages import Nearest, RankedList
from fusion.serving.popular import Window, popularity_cache
from fusion.serving.results import Note, Step

NEWEST_AT_ONCE = 100


class Candidate(NamedTuple):
    """A product on its way into an answer.

    Attributes:
        contributions: adds up to the score.
        reasons: what is to be said of it.
        nearest: by branch of the ranked list's evidence, the nearest product of the history.
    """

    product_pk: int
    contributions: dict[str, float]
    reasons: tuple[Note, ...] = ()
    nearest: tuple[Nearest | None, ...] = ()


StepCandidates = tuple[Step, Iterable[Candidate]]


def ranked_candidates(ranked: RankedList) -> Iterator[Candidate]:
    """Give the model's products, best first."""
    for part in ranked.parts():
        nearest: Iterable[tuple[Nearest | None, ...]] = repeat((), len(part.product_pks))
        if part.evidence:
            nearest = zip(*part.evidence.values(), strict=True)
        branches = part.branches
        rows = zip(part.product_pks, part.contributions, nearest, strict=True)
        for product_pk, row, near in rows:
            yield Candidate(product_pk, dict(zip(branches, row, strict=True)), (), near)


def popular_candidates(
    category_pks: frozenset[int] | None, *, window: Window = Window.MONTH, now: datetime
) -> Iterator[Candidate]:
    """Give the popular products of these categories, or of all, best first."""
    popular = popularity_cache.get(now=now, window=window)
    for product_pk, score in popular.best(category_pks):
        yield Candidate(product_pk, {"popularity": score})


def newest_candidates(conditions: Conditions) -> Iterator[Candidate]:
    """Give the products that came last, of those that may be shown."""
    offset = 0
    while product_pks := conditions.newest(NEWEST_AT_ONCE, offset):
        for product_pk in product_pks:
            yield Candidate(product_pk, {})
        offset += len(product_pks)
