"""What a shopper would be shown now, by the path that serves the shop, with dials to turn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import orjson
from django.http import QueryDict

from fusion.admin.answers import Card, answer_cards
from fusion.admin.evidence import strongest, told
from fusion.admin.modalities import modality_label
from fusion.models import ServedList
from fusion.recommendation_request import branch_names, parse_recommendation_body
from fusion.serving.filters import ANY
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.recommend import HOME, recommend
from fusion.serving.results import Explain, Recommendation
from fusion.serving.scenarios import ScenarioSettings
from users.models import Shopper, ShopperKind

PREVIEWED = 12
DIAL_MOST = 4.0  # a request may say up to 10; a dial that far would be hard to set


@dataclass(frozen=True, slots=True)
class Dial:
    """The factor on one branch's weight."""

    branch: str
    label: str
    value: float
    most: float


@dataclass(frozen=True, slots=True)
class Preview:
    """An answer that nobody is shown.

    Attributes:
        settings: of the scenario, with the weights as they are turned.
        is_turned: whether a weight differs from the scenario's own.
    """

    answer: Recommendation
    settings: ScenarioSettings
    shopper_pk: int
    made_at: datetime
    is_turned: bool

    def as_served_list(self) -> ServedList:
        """Return the row that explanations read, as if the answer had been shown."""
        settings = orjson.loads(orjson.dumps(self.settings, default=str))
        return ServedList(
            recommendation_id=self.answer.recommendation_id,
            shopper_id=self.shopper_pk,
            scenario=self.settings.name,
            model_version_id=self.answer.model_version,
            fallback_level=self.answer.fallback.level,
            question={"settings": settings},
            results=[asdict(each) for each in self.answer.results],
            took_ms=self.answer.took_ms,
            created_at=self.made_at,
        )


def scenario_names(*, now: datetime) -> list[str]:
    """Return the scenarios there are, the first page of the shop first."""
    known = merchandising_cache.get(now=now).scenarios
    return sorted(known, key=lambda name: (name != HOME, name))


def dials(scenario: str, *, now: datetime) -> list[Dial]:
    """Return a dial for each branch, as the scenario has it."""
    weights = merchandising_cache.get(now=now).scenario(scenario).weights
    own = {branch: weights.get(branch, 1.0) for branch in branch_names()}
    return [
        Dial(branch, _label(branch), value, max(DIAL_MOST, value)) for branch, value in own.items()
    ]


def preview(shopper: Shopper, query: QueryDict, *, now: datetime) -> Preview:
    """Ask for what a shopper would be shown, with the scenario and weights of a query string.

    Raises:
        InvalidRowError: names each field that is wrong.
    """
    name = "user_id" if shopper.kind == ShopperKind.CUSTOMER else "visitor_id"
    weights = {
        branch: query[f"weight.{branch}"]
        for branch in branch_names()
        if f"weight.{branch}" in query
    }
    body = {
        name: shopper.external_id,
        "scenario": query.get("scenario", HOME),
        "limit": PREVIEWED,
        "explain": Explain.EVIDENCE,
        **({"weights": weights} if weights else {}),
    }
    known = merchandising_cache.get(now=now).scenarios
    asked = parse_recommendation_body(body, scenarios=known).arguments
    own = known[asked["scenario"]]
    said = (asked["weights"] or {}).items()
    turned = {branch: value for branch, value in said if value != own.weights.get(branch, 1.0)}
    answer = recommend(**{**asked, "weights": turned or None}, is_shown=False, now=now)
    return Preview(
        answer=answer,
        settings=own.overridden(ANY, {"weights": turned}),
        shopper_pk=shopper.merged_into_id or shopper.pk,
        made_at=now,
        is_turned=bool(turned),
    )


def preview_cards(shown: Preview, own: Preview | None) -> list[Card]:
    """Return the answer's cards with evidence, and how they moved against the `own` weights."""
    results = shown.answer.results
    reasons = told(shown.shopper_pk, [each.evidence for each in results])
    places = {each.product_id: each.rank for each in own.answer.results} if own else None
    return [
        replace(
            card,
            because=strongest(because, result.contributions),
            move=_move(result.product_id, result.rank, places),
        )
        for card, result, because in zip(answer_cards(shown.answer), results, reasons, strict=True)
    ]


def _move(product_id: str, rank: int, places: Mapping[str, int] | None) -> str:
    if places is None or places.get(product_id) == rank:
        return ""
    if product_id not in places:
        return "new"
    return f"{places[product_id] - rank:+d}"


def _label(branch: str) -> str:
    return "Behaviour" if branch == "behaviour" else modality_label(branch)
