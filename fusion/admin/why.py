"""Why, or why not: one product and one answer, in words and bars."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.admin.pictures import main_picture, pictures_of, thumbnail
from catalog.models import Product
from fusion.admin.answers import Bar, bars, note_words
from fusion.admin.evidence import Because, told
from fusion.admin.shelves import Shelved, shelf
from fusion.models import ServedList
from fusion.serving.explanations import FROM_MODEL, Explanation, Why, explain

OFFERED = 8  # products whose title has the words
LEAST_LETTERS = 2
VERDICTS = {
    Why.SHOWN: "It is shown",
    Why.UNKNOWN_PRODUCT: "Nobody knows it",
    Why.UNAVAILABLE: "Switched off",
    Why.EXCLUDED: "Left out by the request",
    Why.NOT_GIVEN: "Not among the products to rank",
    Why.SHOWN_ELSEWHERE: "Shown beside this list",
    Why.FILTERED: "Filtered out",
    Why.ALREADY_BOUGHT: "Bought already",
    Why.ALREADY_SEEN: "Known already",
    Why.HIDDEN_BY_RULE: "Hidden by a rule",
    Why.BURIED_BY_RULE: "Buried by a rule",
    Why.NOT_FROM_MODEL: "The model did not answer",
    Why.MODEL_SILENT: "The model cannot say now",
    Why.UNKNOWN_TO_MODEL: "The model does not know it yet",
    Why.NOT_RETRIEVED: "Too far down",
    Why.CAPPED: "Enough of its kind",
    Why.TOO_ALIKE: "Too much like others",
    Why.OUTRANKED: "Others score higher",
}


@dataclass(frozen=True, slots=True)
class Told:
    """An explanation as the page shows it."""

    product: Shelved | None
    explanation: Explanation
    verdict: str
    bars: tuple[Bar, ...]
    notes: tuple[str, ...]
    because: Mapping[str, Because]
    gap: str


def why_page(request: HttpRequest, served: Callable[[], ServedList]) -> HttpResponse:
    """Answer with why a product is there or not, or with the products that words may mean.

    Args:
        served: gives the answer it is about; asked only when one product is meant.
    """
    term = request.GET.get("product", "").strip()
    known = Product.objects.known().prefetch_related(pictures_of())
    chosen = known.filter(external_id=term).first()
    context: dict[str, Any] = {"term": term}
    if chosen is not None:
        context["told"] = tell(served(), chosen)
    elif len(term) >= LEAST_LETTERS:
        context["offered"] = shelf(known.filter(title__icontains=term)[:OFFERED], size=36)
    return render(request, "admin/fusion/why.html", context)


def tell(served: ServedList, product: Product) -> Told:
    """Explain one product."""
    found = explain(served, product.external_id)
    return Told(
        product=Shelved(product, thumbnail(main_picture(product), size=72)),
        explanation=found,
        verdict=VERDICTS[found.verdict],
        bars=bars(found.contributions),
        notes=tuple(map(note_words, found.reasons)),
        because=told(served.shopper_id, [found.evidence])[0],
        gap=_gap(served, found),
    )


def _gap(served: ServedList, found: Explanation) -> str:
    """Say how much is missing, where scores compare."""
    ranked = [each["score"] for each in served.results if each["source"] in FROM_MODEL]
    if found.verdict not in (Why.OUTRANKED, Why.NOT_RETRIEVED) or not ranked or found.score is None:
        return ""
    lowest = min(ranked)
    return f"Its score is {found.score:.2f}; {lowest:.2f} was enough for the list."
