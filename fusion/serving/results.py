"""What a request for recommendations returns."""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum


class Step(StrEnum):
    """Which step of the ladder found a product, from best to last."""

    MODEL = "model"
    HOT_LIST = "hot_list"  # the model's answer to the same question, kept
    STALE_LIST = "stale_list"  # the model's answer to an older question
    POPULAR_IN_CATEGORY = "popular_in_category"
    POPULAR = "popular"
    NEWEST = "newest"
    PINNED = "pinned"  # only a rule of the shop asked for it
    BOUGHT_TOGETHER = "bought_together"  # by those who bought the same
    TRENDING = "trending"
    RECENTLY_VIEWED = "recently_viewed"
    GIVEN = "given"  # kept the place it was given with
    EXPLORED = "explored"  # shown to learn whether anybody wants it
    NONE = "none"  # there is no product to show


UNASKED = frozenset({Step.PINNED, Step.EXPLORED})  # they say nothing of who answered


class Reason(StrEnum):
    """Why the model did not answer; empty when it did."""

    ANSWERED = ""
    NOT_ASKED = "not_asked"  # this answer needs none
    NO_HISTORY = "no_history"  # a shopper nothing is known of, and no context either
    NO_MODEL = "no_model"  # no version is promoted, or none loaded yet
    NO_WORKER = "no_worker"  # no serve worker is there
    OVERLOADED = "overloaded"  # too many requests wait
    DEADLINE = "deadline"  # the answer took too long
    MODEL_ERROR = "model_error"  # the worker's log says more
    REDIS_DOWN = "redis_down"
    NOTHING_RANKED = "nothing_ranked"  # the model found no product that may be shown
    UNKNOWN_CATEGORY = "unknown_category"  # no product has ever been in it
    UNKNOWN_PRODUCT = "unknown_product"  # the shop has not described this product


class Explain(StrEnum):
    """How much an answer tells of why its products are there."""

    NONE = "none"
    CONTRIBUTIONS = "contributions"
    EVIDENCE = "evidence"  # also the product of the history that is nearest, by branch


DECIMALS = 6  # of contributions and so of their sum
Note = dict[str, str | int | float]  # why a product stands where it stands; "code" names it


def rounded(score: float) -> float:
    """Return a score, or a part of one, as it is answered: never -0.0, which programs show."""
    return round(score, DECIMALS) + 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """The product of the shopper's history that one branch finds most alike.

    Attributes:
        similarity: cosine of the branch's vectors, -1 to 1.
    """

    product_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Result:
    """One product of an answer.

    Attributes:
        score: compares only within one answer and one source.
        contributions: adds up to `score`, by branch; "rules" and "diversity" are parts of it too.
        source: the step that found it.
        reasons: what moved it to its place.
        evidence: by branch, where it was asked for.
    """

    product_id: str
    rank: int
    score: float
    source: Step
    contributions: dict[str, float] = field(default_factory=dict)
    reasons: tuple[Note, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fallback:
    """The step that found the first product, and why no better one did."""

    level: Step
    reason: Reason


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One answer; later events carry its id back."""

    recommendation_id: uuid.UUID
    scenario: str
    model_version: int | None
    results: tuple[Result, ...]
    fallback: Fallback
    took_ms: float
