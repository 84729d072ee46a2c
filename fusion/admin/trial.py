"""What a rule or a scenario changes now: answers by the serving path that nobody is shown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from django.db import models
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from catalog.admin.base import BaseAdmin
from catalog.admin.fields import AmountField
from fusion.admin.answers import Card, cards, products_by_id
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.recommend import HOME, recommend
from fusion.serving.results import Recommendation
from users.models import Event, Shopper, ShopperKind

Row = TypeVar("Row", bound=Model)
TRIED = 12  # places of an answer
# Storefronts ask these about what the shopper looks at.
WITH_CONTEXT = ("product", "cart")


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose answer is looked at: the shopper typed in, else whoever acted last.

    Attributes:
        is_unknown: an id was typed that no shopper has; the answer is that of a new one.
    """

    external_id: str
    kind: str
    last_product_id: str
    is_unknown: bool = False

    def question(self, scenario: str) -> dict[str, Any]:
        """Return the body of the request that a storefront would send."""
        name = "visitor_id" if self.kind == ShopperKind.VISITOR else "user_id"
        body: dict[str, Any] = {"scenario": scenario}
        if self.external_id:
            body[name] = self.external_id
        if scenario in WITH_CONTEXT and self.last_product_id:
            body["context"] = {"product_ids": [self.last_product_id]}
        return body | {"limit": TRIED}


@dataclass(frozen=True, slots=True)
class TriedList:
    """One answer of a trial, with a title and what is to be said of it."""

    title: str
    note: str
    cards: Sequence[Card]


def asker_of(external_id: str) -> Asker:
    """Return the shopper of an id, or the one of the newest event."""
    if external_id:
        shopper = Shopper.objects.filter(external_id=external_id).order_by("kind").first()
        if shopper is None:
            return Asker(external_id, ShopperKind.CUSTOMER, "", is_unknown=True)
        event = Event.objects.filter(shopper=shopper).newest_first().select_related("product")
    else:
        event = Event.objects.newest_first().select_related("product", "shopper")
        newest = event.first()
        shopper = newest.shopper if newest else None
    last = event.first()
    if shopper is None:
        return Asker("", ShopperKind.CUSTOMER, "")
    return Asker(shopper.external_id, shopper.kind, last.product.external_id if last else "")


def answer_of(asker: Asker, scenario: str, *, now: datetime, **said: Any) -> Recommendation:
    """Return what the shopper would be shown, without the luck of exploration."""
    body = asker.question(scenario)
    return recommend(
        user_id=body.get("user_id"),
        visitor_id=body.get("visitor_id"),
        scenario=scenario,
        limit=TRIED,
        context_product_ids=body.get("context", {}).get("product_ids", ()),
        exploration=0.0,
        is_shown=False,
        now=now,
        **said,
    )


def tried_list(title: str, answer: Recommendation, *, note: str = "") -> TriedList:
    """Return an answer as a list of cards."""
    products = products_by_id(each.product_id for each in answer.results)
    return TriedList(title, note, cards([asdict(each) for each in answer.results], products))


def difference_words(before: Recommendation, after: Recommendation) -> str:
    """Say how two answers differ."""
    old = {each.product_id: each.rank for each in before.results}
    new = {each.product_id: each.rank for each in after.results}
    num_new = len(new.keys() - old.keys())
    num_gone = len(old.keys() - new.keys())
    num_moved = sum(1 for key in new.keys() & old.keys() if new[key] != old[key])
    parts = [
        f"{_products(num_new)} new" if num_new else "",
        f"{_products(num_gone)} gone" if num_gone else "",
        f"{_products(num_moved)} at another place" if num_moved else "",
    ]
    return ", ".join(part for part in parts if part) or "Nothing changes in this answer."


def _products(count: int) -> str:
    return f"{count} product{'s' if count != 1 else ''}"


class TrialAdmin(BaseAdmin[Row]):
    """A page with a panel that shows what its row does to an answer."""

    formfield_overrides = {models.DecimalField: {"form_class": AmountField}}

    def get_urls(self) -> list[URLPattern]:
        """Add the panel's answer, which is fetched after the page is shown."""
        view = self.admin_site.admin_view(self.trial_view)
        name = f"fusion_{self.opts.model_name}_trial"
        return [path("<int:pk>/trial/", view, name=name), *super().get_urls()]

    def trial(self, row: Row, asker: Asker, request: HttpRequest) -> dict[str, Any]:
        """Return the lists to show; subclasses say which."""
        raise NotImplementedError

    def trial_scenarios(self, row: Row) -> Sequence[str]:
        """Return the scenarios a person may choose from."""
        raise NotImplementedError

    def trial_context(self, row: Row) -> dict[str, Any]:
        """Return what the panel around the answer shows."""
        name = f"admin:fusion_{self.opts.model_name}_trial"
        return {
            "trial_url": reverse(name, args=[row.pk]),
            "trial_scenarios": self.trial_scenarios(row),
        }

    def trial_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the lists, and the request that a storefront would send for them."""
        row = self.get_object(request, str(pk))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        merchandising_cache.forget()  # shows what was saved a moment ago
        asker = asker_of(request.GET.get("shopper", "").strip())
        context = {"asker": asker, **self.trial(row, asker, request)}
        return render(request, "admin/fusion/trial/answer.html", context)

    def chosen_scenario(self, row: Row, request: HttpRequest) -> str:
        """Return the scenario asked for, if it is one to choose from."""
        known = self.trial_scenarios(row)
        asked = request.GET.get("scenario", "")
        return asked if asked in known else next(iter(known), HOME)


def example_call(request: HttpRequest, asker: Asker, scenario: str) -> str:
    """Return a call to paste into a terminal."""
    body = orjson.dumps(asker.question(scenario)).decode().replace("'", r"'\''")
    return (
        f"curl {request.build_absolute_uri('/api/v1/recommendations')} \\\n"
        "  -H 'Authorization: Bearer sk_…' -H 'Content-Type: application/json' \\\n"
        f"  -d '{body}'"
    )
