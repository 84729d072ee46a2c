"""What an answer was asked for, in words, from what its served list keeps."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.admin.numbers import plural, times
from fusion.models import FallbackPolicy, SeenPolicy

NAMED = 5  # ids written out; of more the number is enough
BY = {"fused": "all branches"}


def question_words(question: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return names and values of what differs from asking for nothing in particular."""
    settings = question.get("settings") or {}
    return [*_of_request(question), *_of_filter(settings.get("only") or {}), *_of(settings)]


def _of_request(question: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if question.get("page_of"):
        yield "A further page of", str(question["page_of"])
    if question.get("product"):
        by = question.get("by", "")
        yield "Of the product", f"{question['product']}{f', by {BY.get(by, by)}' if by else ''}"
    lists = {"context": "Looking at", "exclude": "Left out", "elsewhere": "Shown beside it"}
    for key, label in {**lists, "given": "To rank"}.items():
        if question.get(key):
            yield label, _ids(question[key])
    if question.get("window"):
        yield "Window", str(question["window"])
    if question.get("limit"):
        yield "Places", str(question["limit"])


def _of_filter(only: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if only.get("category"):
        yield "Only of", str(only["category"])
    if only.get("brands"):
        yield "Only brands", ", ".join(only["brands"])
    prices = [f"{word} {only[key]}" for word, key in _PRICES if only.get(key) is not None]
    if prices:
        yield "Only at prices", " ".join(prices)
    for name, value in (only.get("attributes") or {}).items():
        yield f"Only with {name}", str(value)


_PRICES = (("from", "min_price"), ("to", "max_price"))


def _of(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    seen = settings.get("seen_policy", SeenPolicy.SHOW_ALL)
    if seen != SeenPolicy.SHOW_ALL:
        yield "What is known", SeenPolicy(seen).label
    fallback = settings.get("fallback", FallbackPolicy.FULL)
    if fallback != FallbackPolicy.FULL:
        yield "Without the model", FallbackPolicy(fallback).label
    if settings.get("weights"):
        weights = settings["weights"].items()
        yield "Weights", ", ".join(f"{branch} {times(value)}" for branch, value in weights)
    if settings.get("diversity"):
        yield "Diversity", f"{settings['diversity']:g}"
    if settings.get("exploration"):
        yield "Places for the unknown", f"{100 * settings['exploration']:g} %"
    for kind in ("brand", "category"):
        if settings.get(f"max_per_{kind}"):
            yield f"At most of a {kind}", plural(settings[f"max_per_{kind}"], "product")


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(ids) if len(ids) <= NAMED else plural(len(ids), "product")
