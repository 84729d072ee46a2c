"""The small tables of a large shop: runs, versions, rules, staff, and what tasks keep."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from fusion.aggregates.answer_hours import hour_of
from fusion.models import AnswerHour, AttributionDay, ModelVersion, Rule, Scenario, TrainingRun
from users.api_keys import create_api_key
from users.models import ApiKeyKind, AuditEntry, User

VERSIONS = 30
DAYS = 60
PEOPLE = 50
AUDIT_ENTRIES = 20_000
PLACES = ("home", "product", "cart", "newsletter")
INTERVAL = {"mean": 0.1, "low": 0.09, "high": 0.11}


def fill_small_tables() -> None:
    """Make rows through the models, as the product does."""
    versions = [_version(number) for number in range(VERSIONS)]
    _figures(versions[-1])
    Scenario.objects.bulk_create(Scenario(name=f"place-{number}") for number in range(40))
    Rule.objects.bulk_create(
        Rule(name=f"Rule {number}", action=Rule.Action.HIDE, brand=f"Brand {number}")
        for number in range(500)
    )
    for number in range(PEOPLE):
        create_api_key(name=f"shop {number}", kind=ApiKeyKind.SECRET, scopes=["recommend"])
        User.objects.create(username=f"staff{number}", is_staff=True)
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor=f"staff{number % PEOPLE}",
            channel="admin",
            action="change",
            object_type="fusion.rule",
            object_id=str(number % 500),
            object_name=f"Rule {number % 500}",
            occurred_at=timezone.now() - timedelta(minutes=number),
        )
        for number in range(AUDIT_ENTRIES)
    )


def _version(number: int) -> ModelVersion:
    now = timezone.now() - timedelta(days=VERSIONS - number)
    run = TrainingRun.objects.create(
        status=TrainingRun.Status.SUCCEEDED,
        cutoff=now - timedelta(hours=1),
        started_at=now - timedelta(hours=1),
        finished_at=now,
        curves={"behaviour.loss": [[step, 1 / (step + 1)] for step in range(500)]},
        log="A line of the log.\n" * 2000,
    )
    is_active = number == VERSIONS - 1
    return ModelVersion.objects.create(
        run=run,
        artifact=uuid.uuid4().hex,
        cutoff=now,
        gate_outcome="better",
        promoted_at=now,
        status=ModelVersion.Status.ACTIVE if is_active else ModelVersion.Status.RETIRED,
        report=_report(),
    )


def _report() -> dict[str, Any]:
    """Return a report with the rows of 20,000 shoppers, as an evaluation writes it."""
    each = {"ndcg@10": INTERVAL, "recall@20": INTERVAL, "coverage@20": 0.5}
    names = ("late_fusion", "popularity", "item_knn", "behaviour", "text", "image")
    return {
        "protocol": "leave-last-out",
        "shoppers": 20_000,
        "items": 100_000,
        "contestants": dict.fromkeys(names, each),
        "against": {"popularity": INTERVAL, "item_knn": INTERVAL},
        "verdict": {"passed": True, "active_version": None},
        "per_shopper": {"late_fusion": {"ndcg@10": [0.1] * 20_000}},
    }


def _figures(version: ModelVersion) -> None:
    now = timezone.now()
    bucket = {f"bucket|{bound}": 30 for bound in ("0.002", "0.005", "0.01", "0.05")}
    counts = {f"answers|{place}|model|": 30 for place in PLACES} | bucket
    AnswerHour.objects.bulk_create(
        AnswerHour(hour=hour_of(now) - timedelta(hours=number), counts=counts)
        for number in range(DAYS * 24)
    )
    sums = {"num_answers": 5000, "num_clicked_answers": 500, "num_clicks": 600}
    money = {"num_purchases": 40, "revenue": 900, "revenue_squares": 30_000.0}
    AttributionDay.objects.bulk_create(
        AttributionDay(
            day=(now - timedelta(days=number)).date(),
            scenario=place,
            model_version=ranked_by,
            computed_at=now,
            **sums,
            **money,
        )
        for number in range(DAYS)
        for place in PLACES
        for ranked_by in (version, None)
    )
