"""Why a product stood in an answer, and why another did not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from catalog.models import Product
from catalog.redis_link import RedisDownError, redis_link
from fusion.models import SeenPolicy, ServedList
from fusion.serving import served_lists
from fusion.serving.after_ranking.orders import Orders, Verdict
from fusion.serving.after_ranking.rules import load_rules
from fusion.serving.circumstances import RANKED, Circumstances, circumstances_of
from fusion.serving.evidence_names import named_evidence, nearest_pks
from fusion.serving.filters import Facts
from fusion.serving.ladder import ranked_candidates
from fusion.serving.messages import RankedList
from fusion.serving.model_step import ask_once
from fusion.serving.results import Evidence, Note, Step, rounded
from fusion.serving.scenarios import ScenarioSettings
from users.models import Event, EventKind

FROM_MODEL = frozenset({Step.MODEL, Step.HOT_LIST, Step.STALE_LIST})
OF_A_PRODUCT = frozenset({"similar", "bought_together"})  # scenarios without a shopper


class Why(StrEnum):
    """What decided about a product."""

    SHOWN = "shown"
    UNKNOWN_PRODUCT = "unknown_product"
    UNAVAILABLE = "unavailable"
    EXCLUDED = "excluded"  # the request named it, as context or as excluded
    NOT_GIVEN = "not_given"  # the request named the products to rank, and not this one
    SHOWN_ELSEWHERE = "shown_elsewhere"  # on the same page, or on the page before
    FILTERED = "filtered"
    ALREADY_BOUGHT = "already_bought"
    ALREADY_SEEN = "already_seen"
    HIDDEN_BY_RULE = "hidden_by_rule"
    BURIED_BY_RULE = "buried_by_rule"
    NOT_FROM_MODEL = "not_from_model"
    MODEL_SILENT = "model_silent"
    UNKNOWN_TO_MODEL = "unknown_to_model"
    NOT_RETRIEVED = "not_retrieved"
    CAPPED = "capped"
    TOO_ALIKE = "too_alike"
    OUTRANKED = "outranked"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is to be said of one product and one answer.

    Attributes:
        places: products the answer had.
        place: in the answer, of a product that was shown.
        rank: in the model's own ranking of all products, before rules and caps.
        filters: names of the filters it does not meet.
        explained_by: the version that was asked now; `model_version` made the answer.
    """

    recommendation_id: UUID
    product_id: str
    verdict: Why
    detail: str
    is_shown: bool
    places: int
    place: int | None = None
    rank: int | None = None
    score: float | None = None
    contributions: dict[str, float] = field(default_factory=dict)
    reasons: tuple[Note, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    model_version: int | None = None
    explained_by: int | None = None


def find_served_list(recommendation_id: UUID) -> ServedList | None:
    """Return an answer that is kept; one of this moment may still wait in Redis."""
    rows = ServedList.objects.filter(pk=recommendation_id)
    found = rows.first()
    if found is not None:
        return found
    try:
        served_lists.store_pending()
    except RedisDownError:
        return None
    return rows.first()


def explain(served: ServedList, product_id: str) -> Explanation:
    """Say why the product stands where it does, or why it is not there."""
    return _Case(served, product_id).explanation()


class _Case:
    """One answer and one product, with all that was known when the answer was made."""

    def __init__(self, served: ServedList, product_id: str) -> None:
        self.served = served
        self.product_id = product_id
        self.shown: dict[str, dict[str, Any]] = {
            str(each["product_id"]): {**each, "place": place}
            for place, each in enumerate(served.results, start=1)
        }
        self.product = Product.objects.known().filter(external_id=product_id).first()
        self.question = _question(served)
        self.settings = _settings(self.question, served.scenario)

    def explanation(self) -> Explanation:
        if self.product_id in self.shown:
            return self._why(self.shown[self.product_id])
        return next(self._why_not())

    def _why(self, result: dict[str, Any]) -> Explanation:
        asked = self._place() if result["source"] in FROM_MODEL else None
        place = result["place"]
        return self._say(
            Why.SHOWN,
            f"Shown in place {place} of {len(self.shown)}, found by {result['source']}.",
            place=place,
            rank=asked.place or None if asked else None,
            score=result["score"],
            contributions=result.get("contributions", {}),
            reasons=tuple(result.get("reasons", ())),
            evidence=_evidence(asked),
            explained_by=asked.version_id if asked else None,
        )

    def _why_not(self) -> Iterator[Explanation]:
        """Give what kept the product out, the first reason first; the last always holds."""
        if self.product is None:
            yield self._say(Why.UNKNOWN_PRODUCT, "The shop has described no product of this id.")
            return
        if not self.product.is_available:
            yield self._say(Why.UNAVAILABLE, "The product is switched off.")
        yield from self._why_named(self.question)
        yield from self._why_filtered(self.product)
        yield from self._why_ruled(self.product)
        yield from self._why_ranked(self.product)

    def _why_named(self, asked: Mapping[str, Any]) -> Iterator[Explanation]:
        excluded = (*asked.get("exclude", ()), *asked.get("context", ()), asked.get("product"))
        if self.product_id in excluded:
            yield self._say(Why.EXCLUDED, "The request named it as context or as excluded.")
        if self.product_id in asked.get("elsewhere", ()):
            yield self._say(Why.SHOWN_ELSEWHERE, "The shopper was shown it beside this answer.")
        if "given" in asked and self.product_id not in asked["given"]:
            yield self._say(Why.NOT_GIVEN, "It was not among the products to rank.")

    def _why_filtered(self, product: Product) -> Iterator[Explanation]:
        broken = tuple(self._circumstances().conditions.broken_by(product.pk))
        if broken:
            words = f"It does not meet the filter: {', '.join(broken)}."
            yield self._say(Why.FILTERED, words, filters=broken)
        acts = Event.objects.filter(shopper=self.served.shopper_id, product=product)
        acts = acts.known_before(self.served.created_at)
        policy = self.settings.seen_policy
        if policy == SeenPolicy.HIDE_BOUGHT and acts.filter(kind=EventKind.PURCHASE).exists():
            yield self._say(Why.ALREADY_BOUGHT, "The shopper had bought it.")
        if policy == SeenPolicy.HIDE_SEEN and acts.exists():
            yield self._say(Why.ALREADY_SEEN, "The shopper knew it already.")

    def _why_ruled(self, product: Product) -> Iterator[Explanation]:
        verdict = self._verdict(product)
        rule = verdict.decided.get(product.pk)
        if rule is None:
            return
        words = f"By the rule {rule.name!r}."
        if verdict.is_hidden(product.pk):
            yield self._say(Why.HIDDEN_BY_RULE, words, reasons=(rule.note(),))
        if verdict.is_buried(product.pk):
            yield self._say(Why.BURIED_BY_RULE, words, reasons=(rule.note(),))

    def _why_ranked(self, product: Product) -> Iterator[Explanation]:
        if self.served.fallback_level not in FROM_MODEL:
            level = self.served.fallback_level.replace("_", " ")
            yield self._say(Why.NOT_FROM_MODEL, f"The answer was made without the model: {level}.")
            return
        asked = self._place()
        if asked is None:
            words = "The model cannot be asked for its place now; try again."
            if self.served.scenario in OF_A_PRODUCT:
                words = "Only answers for a shopper have a place in the model's ranking."
            yield self._say(Why.MODEL_SILENT, words)
        elif not asked.place:
            words = "The model knows nothing of it yet: no text, picture or event is encoded."
            yield self._say(Why.UNKNOWN_TO_MODEL, words, explained_by=asked.version_id)
        else:
            yield self._outranked(product, asked)

    def _outranked(self, product: Product, asked: RankedList) -> Explanation:
        contributions = dict(zip(asked.branches, asked.contributions[0], strict=True))
        score = rounded(sum(contributions.values()))
        ranked = f"Ranked {_ordinal(asked.place)}; the list had {len(self.shown)}."
        reached = score >= min(each["score"] for each in self.shown.values())
        verdict, words = Why.OUTRANKED, ranked
        cap = self._cap(product) if reached else ""
        if asked.place > RANKED:
            verdict, words = Why.NOT_RETRIEVED, f"{ranked} The best {RANKED} are looked at."
        elif cap:
            verdict, words = Why.CAPPED, f"{ranked} The list has its {cap} already."
        elif reached and self.settings.diversity:
            verdict, words = Why.TOO_ALIKE, f"{ranked} It is too much like what stands there."
        return self._say(
            verdict,
            words,
            rank=asked.place,
            score=score,
            contributions=contributions,
            evidence=_evidence(asked),
            explained_by=asked.version_id,
        )

    def _cap(self, product: Product) -> str:
        """Return in words which cap the answer had reached; "" for none."""
        peers = Product.objects.with_external_ids(self.shown)
        caps = (
            (
                "brand",
                self.settings.max_per_brand,
                product.brand,
                peers.filter(brand=product.brand),
            ),
            (
                "category",
                self.settings.max_per_category,
                product.category_id,
                peers.filter(category=product.category_id),
            ),
        )
        for kind, most, value, alike in caps:
            if most is not None and value and alike.count() >= most:
                return f"{most} per {kind}"
        return ""

    def _verdict(self, product: Product) -> Verdict:
        made_at = self.served.created_at
        rules = [r for r in load_rules(now=made_at) if r.holds(self.served.scenario, made_at)]
        return Orders(self.settings, tuple(rules)).verdict([_facts(product)])

    def _place(self) -> RankedList | None:
        """Ask the model for the product's place; None where it does not answer."""
        if self.product is None or self.served.scenario in OF_A_PRODUCT:
            return None
        question = self._circumstances().place_question(self.product.pk)
        return ask_once(question, link=redis_link()).ranked

    def _circumstances(self) -> Circumstances:
        made_at: datetime = self.served.created_at
        return circumstances_of(
            self.served.shopper_id,
            settings=self.settings,
            exclude_product_ids=self.question.get("exclude", ()),
            context_product_ids=self.question.get("context", ()),
            now=made_at,
            before=made_at,
        )

    def _say(self, verdict: Why, detail: str, **more: Any) -> Explanation:
        return Explanation(
            recommendation_id=self.served.pk,
            product_id=self.product_id,
            verdict=verdict,
            detail=detail,
            is_shown=verdict is Why.SHOWN,
            places=len(self.shown),
            model_version=self.served.model_version_id,
            **more,
        )


def _evidence(asked: RankedList | None) -> dict[str, Evidence]:
    """Return the evidence of the one product that was asked about."""
    nearest = [each.nearest for each in ranked_candidates(asked)] if asked else []
    named = Product.objects.available().filter(pk__in=nearest_pks(nearest))
    id_of = dict(named.values_list("pk", "external_id"))
    return next(iter(named_evidence(asked, nearest, id_of)), {})


def _facts(product: Product) -> Facts:
    return Facts(
        product.pk,
        product.external_id,
        product.category_id,
        product.brand,
        product.price,
        orjson.dumps(product.attributes).decode(),
    )


def _question(served: ServedList) -> dict[str, Any]:
    """Return what was asked; a further page has the question of the first one."""
    question: dict[str, Any] = served.question
    if "page_of" not in question:
        return question
    first = ServedList.objects.filter(pk=question["page_of"]).first()
    if first is None:
        return {}
    shown = [str(each["product_id"]) for each in first.results]
    return {**first.question, "elsewhere": [*first.question.get("elsewhere", ()), *shown]}


def _settings(question: Mapping[str, Any], scenario: str) -> ScenarioSettings:
    kept = question.get("settings")
    return ScenarioSettings.from_kept(kept) if kept else ScenarioSettings(scenario)


def _ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th …"""
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number % 100 < 14 else last}"
