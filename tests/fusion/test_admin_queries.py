"""What each page of the admin costs in queries, however large the shop.

A new page fails the test until it is listed.
"""

import time

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis import Redis

from fusion.models import Scenario, TrainingRun
from fusion.serving.after_ranking.exploration import explorable_cache
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.model_server import ModelServer
from fusion.serving.popular import popularity_cache
from tests.admin_addresses import PATTERNS, address
from tests.admin_shop import make_run, make_version, superuser
from tests.fusion.served_shop import Shop, shopper_of
from tests.growing_shop import GrowingShop
from users import presumed

REFUSED = (403, 404, 405)
SETTLES_S = 20.0
PARTS = ("changelist", "change", "history", "delete", "add")
# Queries of each part; two of each are for who asks. None: nobody may open it.
MODELS: dict[str, tuple[int | None, ...]] = {
    "catalog_category": (5, 4, 6, None, None),
    "catalog_productimage": (4, 4, 5, None, None),
    "catalog_productvector": (4, 4, 5, None, None),
    "axes_accessattempt": (4, 3, 5, 4, None),
    "axes_accessfailurelog": (4, 3, 5, None, None),
    "axes_accesslog": (4, 3, 5, None, None),
    "users_apikey": (4, 3, 5, None, 2),
    "users_auditentry": (4, 3, 5, None, None),
    "users_event": (5, 6, 7, None, None),
    "users_user": (6, 7, 6, 7, 2),
    "auth_group": (4, 5, 5, 5, 3),
    "fusion_attributionday": (6, 4, 6, None, None),
    "fusion_versioncomparison": (4, 8, 5, None, None),
    "fusion_embedding": (4, 8, 5, None, None),
    "fusion_modelversion": (5, 7, 5, None, None),
    "fusion_parkedtask": (5, 3, 5, 3, None),
    "fusion_picturefit": (9, 12, 9, None, None),
    "catalog_product": (9, 10, 8, None, 2),
    "fusion_rule": (6, 11, 6, 5, 3),
    "fusion_scenario": (4, 4, 5, 4, 3),
    "django_celery_beat_periodictask": (4, 8, 5, 3, 7),
    "django_celery_beat_intervalschedule": (4, 3, 5, 4, 2),
    "django_celery_beat_crontabschedule": (4, 3, 5, 4, 2),
    "django_celery_beat_solarschedule": (4, 3, 5, 4, 2),
    "django_celery_beat_clockedschedule": (4, 3, 5, 4, 2),
    "fusion_servedlist": (6, 15, 7, None, None),
    "users_shopper": (5, 7, 6, None, None),
    "fusion_trainingrun": (4, 8, 5, None, None),
}
OTHERS: dict[str, int | None] = {
    "search": 2,
    "index": 19,
    "login": 2,
    "password_change": 2,
    "password_change_done": 2,
    "autocomplete": 5,
    "jsi18n": 2,
    "view_on_site": None,
    "users_apikey_rotate": 3,
    "auth_user_password_change": 4,
    "fusion_dashboard_figures": 19,
    "fusion_dashboard_csv": 8,
    "fusion_versioncomparison_live": 8,
    "fusion_versioncomparison_compare": 5,
    "fusion_versioncomparison_again": 3,
    "fusion_modelversion_health": 2,
    "fusion_modelversion_compare_two": 2,
    "fusion_modelversion_roll_back": 4,
    "fusion_modelversion_promote": 4,
    "fusion_modelversion_compare": 4,
    "fusion_modelversion_download": 3,
    "fusion_picturefit_check": None,
    "fusion_picturefit_accept": None,
    "catalog_product_similar": 11,
    "catalog_product_audience": 19,
    "fusion_rule_trial": 20,
    "fusion_scenario_trial": 14,
    "fusion_servedlist_why": 7,
    "users_shopper_recommendations": 15,
    "users_shopper_why": 24,
    "users_shopper_export": 7,
    "users_shopper_erase": 3,
    "fusion_trainingrun_live": 4,
    "fusion_trainingrun_retrain": 10,
    "fusion_trainingrun_schedule": 3,
    "fusion_trainingrun_cancel": 3,
    "app_list": 2,
}
POSTED_ONLY = "logout"
CANCEL = "fusion_trainingrun_cancel"
ASKED = {
    "autocomplete": {"app_label": "users", "model_name": "event", "field_name": "product"},
    "search": {"s": "rule"},
    "fusion_servedlist_why": {"product": "p01"},
    "users_shopper_why": {"product": "p01"},
}


def listed() -> dict[str, int | None]:
    """Return what each page may cost, by its name."""
    of_models = {
        f"{model}_{part}": count
        for model, counts in MODELS.items()
        for part, count in zip(PARTS, counts, strict=True)
    }
    return of_models | OTHERS


def forget() -> None:
    """Let every answer be made anew: what is kept gets old while the test runs."""
    popularity_cache.forget()
    merchandising_cache.forget()
    explorable_cache.forget()
    presumed.forget()
    cache.clear()
    with Redis.from_url(settings.REDIS_URL) as redis:
        kept = [key for key in redis.scan_iter("fusion:*") if not key.startswith(b"fusion:serve:")]
        redis.delete(*kept, "fusion:none")


def cost(client: Client, name: str, url: str) -> int | None:
    """Count the queries of a page; None where it is refused."""
    forget()
    with CaptureQueriesContext(connection) as queries:
        status = client.get(url, ASKED.get(name, {})).status_code
    assert status in (200, 302, *REFUSED), url
    return None if status in REFUSED else len(queries)


def settled_cost(client: Client, name: str, url: str, give_up_at: float) -> int | None:
    """Count the queries of a page; a busy machine may lose a serve worker for a while."""
    expected = listed()[name]
    while (found := cost(client, name, url)) != expected and time.monotonic() < give_up_at:
        time.sleep(0.5)
    return found


@pytest.fixture
def growing(shop: Shop, server: ModelServer) -> GrowingShop:
    """A shop with two of everything, and a model that answers."""
    # Those that migrations write are gone once a test has emptied the database. With them, the
    # shop's rules would hold for "home", and decide there before the model is asked.
    Scenario.objects.all().delete()
    shopper_of(shop.even[:4], "ada")
    found = GrowingShop()
    found.grow(2)
    return found


@pytest.fixture
def own_rows(growing: GrowingShop) -> dict[str, Model]:
    """Rows for the pages that the first row of their model does not have."""
    return {
        "fusion_modelversion_promote": make_version(make_run()),
        "fusion_scenario_delete": Scenario.objects.get(name="newsletter"),
        CANCEL: make_run(),
    }


def costs(
    client: Client, rows: dict[str, Model], own_rows: dict[str, Model]
) -> dict[str, int | None]:
    """Count the queries of every page; only a run that waits can be cancelled."""
    found = {}
    run = TrainingRun.objects.filter(pk=own_rows[CANCEL].pk)
    give_up_at = time.monotonic() + SETTLES_S
    for name in (each for each in PATTERNS if each != POSTED_ONLY):
        own = {name.rpartition("_")[0]: own_rows[name]} if name in own_rows else {}
        if name == CANCEL:
            run.update(status=TrainingRun.Status.PENDING)
        found[name] = settled_cost(client, name, address(name, rows | own), give_up_at)
        run.update(status=TrainingRun.Status.SUCCEEDED)
    return found


def test_no_page_costs_more_queries_in_a_shop_of_three_times_the_size(
    client: Client, growing: GrowingShop, own_rows: dict[str, Model]
) -> None:
    client.force_login(superuser())
    assert costs(client, growing.rows, own_rows) == listed()

    growing.grow(4)

    assert costs(client, growing.rows, own_rows) == listed()
