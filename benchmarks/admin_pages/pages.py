"""Which pages there are: every list with its choices, a row of each, the dashboard."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.db.models import Count, Model
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from fusion.admin.dashboard.period import PERIODS
from users.models import Event, Shopper, User

TERMS = ("p777", "u777", "lamp 5000", "zzzz nothing", "00000000-0000-0000-0000-000000000007")


def superuser_client() -> Client:
    """Return a client that is logged in and may see everything."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))
    cache.clear()
    return client


def pages(client: Client) -> Iterator[str]:
    """Give the address of every page."""
    yield from _dashboard()
    for model in sorted(admin.site._registry, key=lambda each: each._meta.label):
        yield from _list_pages(client, model)
        row = _busiest(model)
        if row is not None:
            yield reverse(f"admin:{_name(model)}_change", args=[row.pk])
            yield reverse(f"admin:{_name(model)}_history", args=[row.pk])


def _dashboard() -> Iterator[str]:
    yield from (f"/admin/?period={name}" for name in PERIODS)
    yield reverse("admin:fusion_dashboard_figures")
    yield reverse("admin:fusion_dashboard_csv")
    yield reverse("admin:fusion_trainingrun_retrain")


def _list_pages(client: Client, model: type[Model]) -> Iterator[str]:
    url = reverse(f"admin:{_name(model)}_changelist")
    yield url
    answer = client.get(url)
    if answer.status_code != 200:
        return
    changelist: Any = (answer.context_data or {})["cl"]
    last = changelist.paginator.num_pages
    if last > 1:
        yield f"{url}?p={last}"
    for spec in changelist.filter_specs:
        for choice in spec.choices(changelist):
            query = choice.get("query_string", "")
            if len(query) > 1:
                yield f"{url}{query}"
    if changelist.search_fields:
        yield from (f"{url}?q={term.replace(' ', '+')}" for term in TERMS)


def _busiest(model: type[Model]) -> Model | None:
    """Return the row whose page has most to show."""
    most = {Product: "product_id", Shopper: "shopper_id"}.get(model)
    if most is None:
        return model._default_manager.order_by("-pk").first()
    counts = Event.objects.order_by().values_list(most).annotate(num=Count("pk"))
    busiest = counts.order_by("-num").first()
    return model._default_manager.get(pk=busiest[0]) if busiest else None


def _name(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"
