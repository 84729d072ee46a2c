"""Every page opens, and is closed to the wrong role."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Product
from fusion.models import (
    AnswerHour,
    CatalogueCount,
    Embedding,
    ModelVersion,
    ProductShown,
    ServedList,
    TrainingRun,
)
from tests.admin_shop import (
    every_row,
    make_run,
    make_version,
    member,
    superuser,
)
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from users.models import Event, Shopper

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ODD_TERMS = ("'; --", "é ü", "%", "0b5f7a2e-9f58-4f6c-9a1d-0d6b8a1b2c3d", "x" * 300)
READABLE = ("catalog.product", "users.shopper", "users.event", "fusion.modelversion")
CLOSED = ("users.apikey", "users.user", "auth.group", "axes.accessattempt")
HOUR = timedelta(hours=1)
ROLES = ("Analyst", "Merchandiser", "Model admin", "Privacy officer")


@pytest.fixture(autouse=True)
def _no_cached_figures() -> None:
    cache.clear()


def list_url(label: str) -> str:
    app, _, model = label.lower().partition(".")
    return reverse(f"admin:{app}_{model}_changelist")


def test_every_model_of_ours_has_a_page() -> None:
    ours = {"catalog", "users", "fusion"}
    models = {model for model in apps.get_models() if model._meta.app_label in ours}
    models -= {AnswerHour, CatalogueCount, ProductShown}  # their page is the dashboard

    assert models - set(MODELS) == set()


def test_every_page_of_every_model_opens(client: Client) -> None:
    rows = every_row()
    client.force_login(superuser())

    statuses: dict[str, int] = {}
    for model in MODELS:
        opts = model._meta
        name = f"admin:{opts.app_label}_{opts.model_name}"
        for url in (
            reverse(f"{name}_changelist"),
            reverse(f"{name}_change", args=[rows[model].pk]),
            reverse(f"{name}_history", args=[rows[model].pk]),
        ):
            statuses[url] = client.get(url).status_code
        add = client.get(reverse(f"{name}_add")).status_code
        may_add = admin.site._registry[model].has_add_permission(client.get("/admin/").wsgi_request)
        statuses[f"{name} add"] = 200 if add == (200 if may_add else 403) else add

    assert {url: status for url, status in statuses.items() if status != 200} == {}


@pytest.mark.parametrize("term", ODD_TERMS)
def test_no_search_term_breaks_a_list(client: Client, term: str) -> None:
    every_row()
    client.force_login(superuser())

    statuses = {
        model._meta.label: client.get(list_url(model._meta.label), {"q": term}).status_code
        for model in MODELS
    }

    assert set(statuses.values()) == {200}


@pytest.mark.parametrize("path", ["nonsense", "999999", "static/x.css"])
def test_a_row_that_is_not_there_is_no_error(client: Client, path: str) -> None:
    client.force_login(superuser())

    statuses = {
        model._meta.label: client.get(f"{list_url(model._meta.label)}{path}/change/").status_code
        for model in MODELS
    }

    assert set(statuses.values()) <= {302, 404}


def test_the_dashboard_opens_without_any_row(client: Client) -> None:
    client.force_login(superuser())

    page = client.get("/admin/").content.decode()

    assert "The shop gets popular products until a version is promoted." in page
    assert client.get(reverse("admin:fusion_modelversion_health")).status_code == 200


def test_the_dashboard_shows_the_active_version_beside_popularity(client: Client) -> None:
    make_version(make_run(), status=ModelVersion.Status.ACTIVE)
    client.force_login(superuser())

    page = client.get("/admin/").content.decode()

    assert "NDCG@10 0.1000 [0.0900 … 0.1100]" in page
    assert "popularity 0.0400 [0.0300 … 0.0500]" in page


def test_a_list_never_counts_beyond_the_limit(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.admin.base.COUNT_LIMIT", 3)
    EventFactory.create_batch(5)
    client.force_login(superuser())

    page = client.get(list_url("users.event")).content.decode()

    assert "more than 3 events" in page


def test_a_filter_that_finds_nothing_looks_once(client: Client) -> None:
    EventFactory.create_batch(2)
    client.force_login(superuser())
    with CaptureQueriesContext(connection) as queries:
        page = client.get(list_url("users.event"), {"kind__exact": "rating"})

    assert page.context["cl"].result_list == []
    assert len([each for each in queries if 'FROM "users_event"' in each["sql"]]) == 1


def test_the_last_page_has_the_oldest_rows(client: Client) -> None:
    events = [EventFactory.create(occurred_at=NOON - n * HOUR) for n in range(51)]
    client.force_login(superuser())

    last = client.get(list_url("users.event"), {"p": "2"}).context["cl"].result_list

    assert last == [events[50]]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_the_shop_and_the_model(client: Client, role: str) -> None:
    client.force_login(member(role))

    assert {label: client.get(list_url(label)).status_code for label in READABLE} == dict.fromkeys(
        READABLE, 200
    )
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reaches_keys_and_staff(client: Client, role: str) -> None:
    client.force_login(member(role))

    assert {label: client.get(list_url(label)).status_code for label in CLOSED} == dict.fromkeys(
        CLOSED, 403
    )


ACTIONS = {
    "switch off": ("Merchandiser",),
    "edit": ("Merchandiser",),
    "retrain": ("Model admin",),
    "cancel": ("Model admin",),
    "promote": ("Model admin",),
    "roll back": ("Model admin",),
    "erase": ("Privacy officer",),
    "export": ("Privacy officer",),
}


def action_url(action: str) -> str:
    """The address of an action, on a row made for it."""
    if action in ("switch off", "edit"):
        product = ProductFactory.create()
        of_edit = reverse("admin:catalog_product_change", args=[product.pk])
        return of_edit if action == "edit" else list_url("catalog.product")
    if action in ("retrain", "roll back"):
        names = {"retrain": "trainingrun_retrain", "roll back": "modelversion_roll_back"}
        return reverse(f"admin:fusion_{names[action]}")
    if action == "cancel":
        run = make_run(TrainingRun.Status.PENDING)
        return reverse("admin:fusion_trainingrun_cancel", args=[run.pk])
    if action == "promote":
        version = make_version(make_run())
        return reverse("admin:fusion_modelversion_promote", args=[version.pk])
    return reverse(f"admin:users_shopper_{action}", args=[ShopperFactory.create().pk])


@pytest.mark.parametrize("role", [*ROLES, None])
@pytest.mark.parametrize("action", [each for each in ACTIONS if each != "switch off"])
def test_an_action_is_refused_to_every_role_but_its_own(
    client: Client, action: str, role: str | None
) -> None:
    if role is not None:
        client.force_login(member(role))
    may = role in ACTIONS[action]
    url = action_url(action)

    status = client.post(url, {}).status_code

    refused = 403 if role else 302  # somebody unknown is sent to the log-in
    assert (status in (200, 302) and role is not None) if may else status == refused


def test_a_refused_action_changes_nothing(client: Client) -> None:
    shopper, product = ShopperFactory.create(), ProductFactory.create()
    version = make_version(make_run())
    client.force_login(member("Analyst"))

    client.post(reverse("admin:users_shopper_erase", args=[shopper.pk]), {"typed_id": "u"})
    client.post(
        list_url("catalog.product"), {"action": "switch_off", "_selected_action": [product.pk]}
    )
    client.post(reverse("admin:fusion_modelversion_promote", args=[version.pk]), {"reason": "x"})
    client.post(reverse("admin:fusion_trainingrun_retrain"), {"preset": "quick"})

    version.refresh_from_db()
    assert Shopper.objects.filter(pk=shopper.pk).exists()
    assert Product.objects.get(pk=product.pk).is_available
    assert version.status == ModelVersion.Status.CANDIDATE
    assert not TrainingRun.objects.unfinished().exists()


def test_an_account_without_a_role_sees_a_word_about_it(client: Client) -> None:
    user = member("Analyst")
    user.groups.clear()
    client.force_login(user)

    page = client.get("/admin/").content.decode()

    assert "Your account has no role yet." in page
    assert client.get(reverse("admin:fusion_modelversion_health")).status_code == 403


def test_a_member_of_two_roles_may_do_what_either_may(client: Client) -> None:
    user = member("Analyst")
    user.groups.add(Group.objects.get(name="Model admin"))
    client.force_login(user)

    assert client.get(reverse("admin:fusion_trainingrun_retrain")).status_code == 200


@pytest.mark.parametrize(
    "model", [Event, ServedList, Embedding, TrainingRun, ModelVersion, Shopper]
)
def test_records_cannot_be_changed_even_by_a_superuser(client: Client, model: type[Model]) -> None:
    row = every_row()[model]
    before = model._default_manager.filter(pk=row.pk).values().get()
    client.force_login(superuser())
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    assert client.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert client.post(reverse(f"{name}_add"), {}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).values().get() == before
