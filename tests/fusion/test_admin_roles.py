"""Who may do what: every address of the admin, by role. A new page fails until it is listed."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from fusion.models import TrainingRun
from tests.admin_addresses import FOR_ALL_STAFF, PATTERNS, address, model_name
from tests.admin_shop import every_row, make_run, member

ANALYST, MERCHANDISER = "Analyst", "Merchandiser"
MODEL_ADMIN, PRIVACY_OFFICER = "Model admin", "Privacy officer"
ALL = (ANALYST, MERCHANDISER, MODEL_ADMIN, PRIVACY_OFFICER)
NOBODY: tuple[str, ...] = ()  # but superusers


@dataclass(frozen=True)
class Rights:
    """The roles that may see and write the rows of one model."""

    view: Sequence[str] = ALL
    add: Sequence[str] = NOBODY
    change: Sequence[str] = NOBODY
    delete: Sequence[str] = NOBODY


CLOSED = Rights(view=NOBODY)
MERCHANDISING = Rights(add=[MERCHANDISER], change=[MERCHANDISER], delete=[MERCHANDISER])
MODELS = {
    "catalog_category": Rights(change=[MERCHANDISER]),
    "catalog_product": Rights(add=[MERCHANDISER], change=[MERCHANDISER]),
    "catalog_productimage": Rights(),
    "catalog_productvector": Rights(),
    "users_shopper": Rights(),
    "users_event": Rights(),
    "users_auditentry": Rights(view=[PRIVACY_OFFICER]),
    "users_apikey": CLOSED,
    "users_user": CLOSED,
    "auth_group": CLOSED,
    "fusion_trainingrun": Rights(),
    "fusion_modelversion": Rights(),
    "fusion_servedlist": Rights(),
    "fusion_embedding": Rights(),
    "fusion_attributionday": Rights(),
    "fusion_picturefit": Rights(),
    "fusion_versioncomparison": Rights(),
    "fusion_parkedtask": Rights(view=[MODEL_ADMIN], delete=[MODEL_ADMIN]),
    "fusion_scenario": MERCHANDISING,
    "fusion_rule": MERCHANDISING,
    "django_celery_beat_periodictask": CLOSED,
    "django_celery_beat_intervalschedule": CLOSED,
    "django_celery_beat_crontabschedule": CLOSED,
    "django_celery_beat_solarschedule": CLOSED,
    "django_celery_beat_clockedschedule": CLOSED,
    "axes_accessattempt": CLOSED,
    "axes_accesslog": CLOSED,
    "axes_accessfailurelog": CLOSED,
}
# Pages beside the five that every model has.
OTHERS: dict[str, Sequence[str]] = {
    "users_apikey_rotate": NOBODY,
    "auth_user_password_change": NOBODY,
    "fusion_dashboard_figures": ALL,
    "fusion_dashboard_csv": ALL,
    "fusion_modelversion_health": ALL,
    "fusion_modelversion_roll_back": [MODEL_ADMIN],
    "fusion_modelversion_promote": [MODEL_ADMIN],
    "fusion_modelversion_download": ALL,
    "fusion_modelversion_compare": ALL,
    "fusion_modelversion_compare_two": ALL,
    "fusion_versioncomparison_compare": ALL,
    "fusion_versioncomparison_again": ALL,
    "fusion_versioncomparison_live": ALL,
    "fusion_trainingrun_live": ALL,
    "fusion_trainingrun_retrain": [MODEL_ADMIN],
    "fusion_trainingrun_schedule": [MODEL_ADMIN],
    "fusion_trainingrun_cancel": [MODEL_ADMIN],
    "fusion_picturefit_check": [MERCHANDISER],
    "fusion_picturefit_accept": [MERCHANDISER],
    "fusion_rule_trial": ALL,
    "fusion_scenario_trial": ALL,
    "catalog_product_similar": ALL,
    "catalog_product_audience": ALL,
    "users_shopper_recommendations": ALL,
    "users_shopper_why": ALL,
    "fusion_servedlist_why": ALL,
    "users_shopper_export": [PRIVACY_OFFICER],
    "users_shopper_erase": [PRIVACY_OFFICER],
}
POSTED_ONLY = {"fusion_picturefit_check", "fusion_picturefit_accept"}
REFUSED = (403, 404, 405)  # not found is also said where nothing may be seen
Pages = dict[str, tuple[Sequence[str], Sequence[str]]]


def pages() -> Pages:
    """Return the roles that may open a page, and those that may post to it, by its name."""
    found: Pages = {name: (roles, roles) for name, roles in OTHERS.items()}
    for model, rights in MODELS.items():
        found |= {
            f"{model}_changelist": (rights.view, rights.view),
            f"{model}_history": (rights.view, rights.view),
            f"{model}_change": (rights.view, rights.change),
            f"{model}_add": (rights.add, rights.add),
            f"{model}_delete": (rights.delete, rights.delete),
        }
    return found


@pytest.fixture
def rows(db: None) -> dict[str, Model]:
    return {model_name(model): row for model, row in every_row().items()}


def test_every_page_is_listed() -> None:
    assert set(PATTERNS) - FOR_ALL_STAFF == set(pages())


@pytest.fixture
def _no_log() -> Iterator[None]:
    """Spare the log a thousand refusals."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def statuses(client: Client, urls: dict[str, str], method: str) -> dict[str, int]:
    return {name: getattr(client, method)(url).status_code for name, url in urls.items()}


@pytest.mark.usefixtures("_no_log")
@pytest.mark.parametrize("role", [*ALL, None])
def test_whatever_is_not_its_own_is_refused_to_a_role(
    client: Client, rows: dict[str, Model], role: str | None
) -> None:
    user = member(role or ANALYST)
    if role is None:
        user.groups.clear()
    client.force_login(user)
    urls = {name: address(name, rows) for name in pages()}
    unseen = {name: urls[name] for name, (seen, _) in pages().items() if role not in seen}
    unwritten = {name: urls[name] for name, (_, posted) in pages().items() if role not in posted}
    by_hand = {name: url for name, url in unwritten.items() if name not in unseen or name in OTHERS}
    before = {model: number_of(row) for model, row in rows.items()}

    opened, posted = statuses(client, unseen, "get"), statuses(client, by_hand, "post")

    assert {name: status for name, status in opened.items() if status not in REFUSED} == {}
    assert {name: status for name, status in posted.items() if status not in REFUSED} == {}
    assert {model: number_of(row) for model, row in rows.items()} == before


@pytest.mark.parametrize("role", ALL)
def test_a_role_opens_the_pages_behind_its_buttons(
    client: Client, rows: dict[str, Model], role: str
) -> None:
    client.force_login(member(role))
    run = make_run(TrainingRun.Status.PENDING)  # a finished one cannot be cancelled
    own = {
        name: address(name, rows if "cancel" not in name else rows | {"fusion_trainingrun": run})
        for name, roles in OTHERS.items()
        if role in roles and name not in POSTED_ONLY
    }

    opened = statuses(client, own, "get")

    assert {name: status for name, status in opened.items() if status not in (200, 302)} == {}


@pytest.mark.parametrize("role", ALL)
def test_a_role_sees_and_writes_the_rows_that_are_its_own(
    client: Client, rows: dict[str, Model], role: str
) -> None:
    client.force_login(member(role))
    request = client.get(reverse("admin:jsi18n")).wsgi_request

    found = {
        model_name(model): (
            page.has_view_permission(request),
            page.has_add_permission(request),
            page.has_change_permission(request),
            page.has_delete_permission(request),
        )
        for model, page in admin.site._registry.items()
    }

    assert found == {
        model: tuple(role in each for each in (of.view, of.add, of.change, of.delete))
        for model, of in MODELS.items()
    }


def number_of(row: Model) -> int:
    return type(row)._default_manager.count()
