"""Ranked products as cards with the contributions of the branches as bars."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.safestring import SafeString

from catalog.admin.numbers import times
from catalog.admin.pictures import main_picture, pictures_of, thumbnail
from catalog.models import Product
from fusion.admin.evidence import Because
from fusion.recommendation_request import branch_names
from fusion.serving.results import Reason, Recommendation, Step

REASONS = {
    Reason.NO_HISTORY: "nothing is known of the shopper yet",
    Reason.NO_MODEL: "no version is promoted, or it cannot be loaded",
    Reason.NO_WORKER: "no serve worker is running",
    Reason.OVERLOADED: "too many requests wait for the model",
    Reason.DEADLINE: "the model took too long",
    Reason.MODEL_ERROR: "the model failed; the serve worker's log says more",
    Reason.REDIS_DOWN: "Redis does not answer",
    Reason.NOTHING_RANKED: "the model knows none of these products",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One branch's part of a score; `share` is of the sum of all parts' sizes, in per cent."""

    branch: str
    value: float
    share: float


@dataclass(frozen=True, slots=True)
class Card:
    """One ranked product.

    Attributes:
        width: of all bars together, in per cent: the longest of the list has 100.
        notes: what rules and the like did to it, in words.
        because: what of the shopper's history speaks most for it.
        move: how it stands against another list ("+3", "-1", "new"); empty for no difference.
        marks: what the shopper did with it.
    """

    rank: int
    product_id: str
    product_pk: int | None
    title: str
    picture: SafeString
    score: float
    source: str
    bars: tuple[Bar, ...]
    width: float = 100.0
    notes: tuple[str, ...] = ()
    because: Because | None = None
    move: str = ""
    marks: tuple[str, ...] = ()


def products_by_id(external_ids: Iterable[str]) -> dict[str, Product]:
    """Return products with their pictures by the shop's ids, in two queries."""
    found = Product.objects.with_external_ids(external_ids).prefetch_related(pictures_of())
    return {each.external_id: each for each in found}


def cards(
    results: Sequence[Mapping[str, Any]], products: Mapping[str, Product], *, size: int = 96
) -> list[Card]:
    """Return a card for each result of an answer, in its order."""
    longest = max(map(_size, results), default=0.0)
    return [
        _card(rank, each, products.get(str(each["product_id"])), size, longest)
        for rank, each in enumerate(results, start=1)
    ]


def answer_cards(answer: Recommendation, *, size: int = 96) -> list[Card]:
    """Return the cards of a live answer."""
    products = products_by_id(each.product_id for each in answer.results)
    return cards([asdict(each) for each in answer.results], products, size=size)


def _size(result: Mapping[str, Any]) -> float:
    parts: Mapping[str, float] = result.get("contributions") or {}
    return sum(map(abs, parts.values()))


def _card(
    rank: int, result: Mapping[str, Any], product: Product | None, size: int, longest: float
) -> Card:
    return Card(
        rank=rank,
        product_id=str(result["product_id"]),
        product_pk=product.pk if product else None,
        title=(product.title if product else "") or "(no longer in the catalogue)",
        picture=thumbnail(main_picture(product) if product else None, size=size),
        score=result["score"],
        source=str(result.get("source", "")).replace("_", " "),
        bars=bars(result.get("contributions") or {}),
        width=100 * _size(result) / longest if longest else 0.0,
        notes=tuple(map(note_words, result.get("reasons") or ())),
    )


def note_words(note: Mapping[str, Any]) -> str:
    """Say what moved a product: "boosted \N{MULTIPLICATION SIGN} 2 by the rule “Sale”"."""
    words = str(note.get("code", "")).replace("_", " ")
    factor = f" {times(note['factor'])}" if "factor" in note else ""
    return f"{words}{factor} by the rule “{note['rule']}”" if "rule" in note else f"{words}{factor}"


def bars(contributions: Mapping[str, float]) -> tuple[Bar, ...]:
    """Return one bar for each branch; together they are 100 per cent wide.

    Branches stand as the legend has them: a database may hand an object back in another order.
    """
    total = sum(abs(value) for value in contributions.values())
    order = [name for name in branch_names() if name in contributions]
    return tuple(
        Bar(branch, contributions[branch], 100 * abs(contributions[branch]) / total if total else 0)
        for branch in dict.fromkeys([*order, *contributions])
    )


def origin_words(answer: Recommendation) -> str:
    """Say which step answered, and why not the model."""
    words = str(answer.fallback.level).replace("_", " ")
    reason = REASONS.get(answer.fallback.reason, str(answer.fallback.reason).replace("_", " "))
    return f"{words}, because {reason}" if answer.fallback.reason else words


def is_from_model(answer: Recommendation) -> bool:
    """Whether the first product was ranked by the model."""
    return answer.fallback.level in (Step.MODEL, Step.HOT_LIST, Step.STALE_LIST)
