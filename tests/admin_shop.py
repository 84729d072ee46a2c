"""A row of every model for the tests of the admin, and people of every role to look at it."""

import importlib
import uuid
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db.models import Model
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from catalog.models import Category, Product, ProductImage, ProductVector
from fusion.models import (
    AttributionDay,
    Embedding,
    ModelVersion,
    ParkedTask,
    PictureFit,
    Rule,
    Scenario,
    ServedList,
    TrainingRun,
    VersionComparison,
)
from tests.factories import NOON, CategoryFactory, EventFactory, ProductFactory, picture_bytes
from users.api_keys import create_api_key
from users.models import ApiKey, ApiKeyKind, AuditAction, AuditEntry, Event, Shopper, User


def report(ndcg: float = 0.1) -> dict[str, Any]:
    """A version's report in the form that the evaluation writes."""
    interval = {"mean": ndcg, "low": ndcg - 0.01, "high": ndcg + 0.01}
    weaker = {"mean": 0.04, "low": 0.03, "high": 0.05}
    return {
        "protocol": "leave-last-out",
        "shoppers": 200,
        "items": 50,
        "contestants": {
            "popularity": {"ndcg@10": weaker, "recall@20": weaker, "coverage@20": 0.2},
            "late_fusion": {"ndcg@10": interval, "recall@20": interval, "coverage@20": 0.7},
        },
        "against": {"popularity": {"mean": 0.06, "low": 0.05, "high": 0.07}},
        "slices": {
            "cold item": {"shoppers": 7, "ndcg@10": {"popularity": 0.0, "late_fusion": 0.05}}
        },
        "weights": {"signals": ["sequence", "text"], "by_history": [[1.0, 3.0], [2.0, 2.0]]},
        "verdict": {"passed": True, "active_version": None},
    }


def make_image(product: Product, *, position: int = 0, problem: str = "") -> ProductImage:
    """A usable picture, or a problem."""
    image = ProductImage(product=product, position=position, problem=problem)
    if not problem:
        image.content_hash = f"{product.pk:064d}"
        file = ContentFile(picture_bytes())
        image.file.save(f"{product.external_id}-{position}.jpg", file, save=False)
    image.save()
    return image


def make_version(run: TrainingRun, **values: Any) -> ModelVersion:
    """A version with a report."""
    defaults = {"gate_outcome": "better", "gate_reason": "Better.", "report": report()}
    return ModelVersion.objects.create(
        **{"run": run, "artifact": f"v{run.pk}", "data_hash": "ab", "cutoff": NOON}
        | defaults
        | values
    )


def make_run(status: str = TrainingRun.Status.SUCCEEDED, **values: Any) -> TrainingRun:
    """A run that has been worked on."""
    times = {"started_at": NOON, "finished_at": NOON, "heartbeat_at": NOON}
    curves = {"behaviour.loss": [[1, 3.0], [2, 2.0]]}
    return TrainingRun.objects.create(
        **{"status": status, "progress": 0.5, "curves": curves, "log": "line"} | times | values
    )


def make_comparison(**values: Any) -> VersionComparison:
    """Two versions whose comparison nobody has worked on yet."""
    versions = {"first": make_version(make_run()), "second": make_version(make_run())}
    return VersionComparison.objects.create(**versions | values)


def make_served_list(product: Product, shopper: Shopper | None, **values: Any) -> ServedList:
    """An answer that showed one product."""
    results = [{"product_id": product.external_id, "score": 1.5, "source": "model"}]
    defaults = {"scenario": "home", "fallback_level": "model", "took_ms": 1.25, "results": results}
    row = {"recommendation_id": uuid.uuid4(), "shopper": shopper, "created_at": NOON}
    return ServedList.objects.create(**row | defaults | values)


def make_fit(product: Product, **values: Any) -> PictureFit:
    """A check of a product's picture that found it strange."""
    defaults = {"score": 0.4, "share_better": 0.99, "content": "w p", "computed_at": NOON}
    return PictureFit.objects.create(product=product, **defaults | values)


def make_shop_rows() -> None:
    """The shop's side: a described product with picture, text and event."""
    product = ProductFactory.create(category=CategoryFactory.create())
    make_image(product)
    make_image(product, position=1, problem="The file is not a picture.")
    event = EventFactory.create(product=product)
    make_served_list(product, event.shopper)
    Embedding.objects.create(encoder="e", content_hash=product.text_hash, vector=b"\0" * 8)
    make_fit(product)
    ProductVector.objects.create(product=product, modality="audio", numbers=b"\0" * 8)
    create_api_key(name="storefront", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    make_comparison()
    make_merchandising_rows()


def make_merchandising_rows() -> None:
    """The merchandiser's side: a scenario, a rule and what came of a day."""
    scenario = Scenario.objects.create(name="newsletter", max_per_brand=2)
    rule = Rule.objects.create(name="Sale", action=Rule.Action.BOOST, factor=2, brand="Acme")
    rule.scenarios.add(scenario)
    AttributionDay.objects.create(day=NOON.date(), scenario="home", computed_at=NOON)


def make_operation_rows() -> None:
    """The operator's side: schedules and log-ins."""
    every = IntervalSchedule.objects.create(every=10, period="seconds")
    PeriodicTask.objects.create(name="sweep", task="fusion.sweep", interval=every)
    CrontabSchedule.objects.create()
    SolarSchedule.objects.create(event="sunrise", latitude=50, longitude=8)
    ClockedSchedule.objects.create(clocked_time=NOON)
    agent = {"username": "eve", "ip_address": "10.0.0.1", "user_agent": "x", "path_info": "/admin/"}
    AccessAttempt.objects.create(**agent, failures_since_start=3)
    AccessLog.objects.create(**agent)
    AccessFailureLog.objects.create(**agent)
    parked = {"first_parked_at": NOON, "last_parked_at": NOON}
    ParkedTask.objects.create(name="fusion.sweep", digest="0", reason="It broke.", **parked)
    AuditEntry.objects.create(actor="eve", channel="admin", action=AuditAction.CHANGE)


def every_row() -> dict[type[Model], Model]:
    """One row of each registered model; some models get more."""
    make_shop_rows()
    make_operation_rows()
    member("Analyst")
    people = [Category, Product, ProductImage, ProductVector, Shopper, Event, ApiKey, User, Group]
    model = [Embedding, TrainingRun, ModelVersion, ServedList, PeriodicTask, IntervalSchedule]
    model += [Scenario, Rule, AttributionDay, VersionComparison, AuditEntry, PictureFit, ParkedTask]
    rest = [CrontabSchedule, SolarSchedule, ClockedSchedule, AccessAttempt, AccessLog]
    found: dict[type[Model], Model] = {}
    for each in [*people, *model, *rest, AccessFailureLog]:
        row = each._default_manager.first()
        assert row is not None, each
        found[each] = row
    return found


def superuser() -> User:
    """Somebody who may do everything."""
    return User.objects.create(
        username=f"root{User.objects.count()}", is_staff=True, is_superuser=True
    )


def make_roles() -> None:
    """The roles as all migrations leave them; tests that empty the database take them with it."""
    importlib.import_module("fusion.migrations.0004_roles").create_roles(apps, None)
    for name in ("0006_first_scenarios", "0008_audit_and_vector_rights", "0011_parked_tasks"):
        importlib.import_module(f"fusion.migrations.{name}").grant(apps, None)


def member(role: str) -> User:
    """Somebody with one role."""
    make_roles()
    user = User.objects.create(username=f"{role} {User.objects.count()}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def log_messages() -> list[str]:
    """What the audit log says, oldest first."""
    return list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
