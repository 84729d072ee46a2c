"""A shop whose every table grows, and with it whatever hangs on one row of each."""

import uuid
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from catalog.models import ProductVector
from fusion.models import (
    AnswerHour,
    AttributionDay,
    Embedding,
    ModelVersion,
    ParkedTask,
    ProductShown,
    Rule,
    Scenario,
    VersionComparison,
)
from tests.admin_addresses import model_name
from tests.admin_shop import (
    every_row,
    make_comparison,
    make_fit,
    make_image,
    make_run,
    make_served_list,
    make_version,
    superuser,
)
from tests.factories import CategoryFactory, EventFactory, ProductFactory, ShopperFactory
from users.api_keys import create_api_key
from users.models import ApiKeyKind, AuditEntry, Event, EventKind

HOUR = timedelta(hours=1)


class GrowingShop:
    """One row of each model in `rows`; `grow` adds others, and more to each of these."""

    def __init__(self) -> None:
        self.rows: dict[str, Model] = {model_name(model): row for model, row in every_row().items()}
        self._now = timezone.now()
        self._size = 0

    def grow(self, times: int) -> None:
        """Make the shop longer by `times` of everything."""
        for _ in range(times):
            self._size += 1
            self._catalogue()
            self._behaviour()
            self._answers()
            self._model()
            self._merchandising()
            self._figures()
            self._people()
            self._operation()
            self._histories()

    def _main(self, name: str) -> Any:
        return self.rows[name]

    def _catalogue(self) -> None:
        product = self._main("catalog_product")
        position = 10 + self._size
        make_image(product, position=position, problem="It is no picture.")
        other = ProductFactory.create(category=product.category or CategoryFactory.create())
        ProductFactory.create(category=self._main("catalog_category"))
        make_image(other)
        CategoryFactory.create()
        for number, each in enumerate((product, other)):
            modality = f"m{self._size}{number}"
            ProductVector.objects.create(product=each, modality=modality, numbers=b"\0" * 8)
        digest = f"{self._size:064x}"
        Embedding.objects.create(encoder="e", content_hash=digest, vector=b"\0" * 8)
        near = [other.pk, product.pk, *Event.objects.values_list("product", flat=True)]
        self._fit(other, near_words=near, near_picture=near[::-1])

    def _fit(self, product: Any, **near: Any) -> None:
        fit = self._main("fusion_picturefit")
        accepted = {"accepted_by": superuser(), "accepted_content": f"fine {self._size}"}
        make_fit(product, score=0.5 + 0.001 * self._size, **accepted, **near)
        type(fit).objects.filter(pk=fit.pk).update(**near)

    def _behaviour(self) -> None:
        shopper, product = self._main("users_shopper"), self._main("catalog_product")
        ago = {"occurred_at": self._now - self._size * HOUR}
        other = EventFactory.create(**ago)
        make_image(other.product)
        EventFactory.create(shopper=shopper, product=other.product, kind=EventKind.PURCHASE, **ago)
        EventFactory.create(product=product, **ago)
        EventFactory.create(shopper=shopper, product=product, **ago)

    def _answers(self) -> None:
        served, version = self._main("fusion_servedlist"), self._main("fusion_modelversion")
        shopper = self._main("users_shopper")
        product = Event.objects.latest("pk").product
        longer = [{"product_id": product.external_id, "score": 1.0, "source": "model"}]
        served.results = [*served.results, *longer]
        served.save()
        EventFactory.create(
            shopper=served.shopper, product=product, recommendation_id=served.recommendation_id
        )
        make_served_list(product, shopper, model_version=version, created_at=self._now)
        make_served_list(product, ShopperFactory.create(), model_version=make_version(make_run()))

    def _model(self) -> None:
        run, comparison = self._main("fusion_trainingrun"), self._main("fusion_versioncomparison")
        run.curves = run.curves | {f"loss.{self._size}": [[1, 2.0], [2, 1.0]]}
        run.log += "line\n"
        run.requested_by = superuser()
        run.save()
        retired = {"status": ModelVersion.Status.RETIRED, "promoted_at": self._now}
        make_version(make_run(requested_by=superuser()), **retired)
        make_comparison(status=VersionComparison.Status.SUCCEEDED, requested_by=superuser())
        comparison.result = self._compared(comparison.result)
        comparison.status = VersionComparison.Status.SUCCEEDED
        comparison.save()

    def _compared(self, before: dict[str, Any]) -> dict[str, Any]:
        share = {"mean": 0.5, "low": 0.4, "high": 0.6}
        shares = dict.fromkeys(("in_common", "same_first", "same_list"), share)
        products = list(Event.objects.values_list("product", flat=True))
        ranked = [{"product": each, "score": 1.0, "contributions": {}} for each in products]
        sample = {
            "shopper": ShopperFactory.create().pk,
            "history": products[:5],
            "first": ranked,
            "second": ranked[::-1],
        }
        lists = {"shoppers": 200, "gained": [[products[-1], 0, 9]], "lost": [], **shares}
        return {
            "lists": lists,
            "samples": [*before.get("samples", []), sample],
            "news": {"shoppers": 1, "metrics": {}},
            "holdout": None,
        }

    def _merchandising(self) -> None:
        rule, scenario = self._main("fusion_rule"), self._main("fusion_scenario")
        product = Event.objects.latest("pk").product
        hides = {"action": Rule.Action.BURY, "product_ids": [product.external_id]}
        other = Rule.objects.create(name=f"Rule {self._size}", **hides)
        other.scenarios.add(scenario)
        rule.product_ids = [*rule.product_ids, product.external_id]
        rule.save()
        rule.scenarios.add(Scenario.objects.create(name=f"place-{self._size}"))

    def _figures(self) -> None:
        version, product = self._main("fusion_modelversion"), Event.objects.latest("pk").product
        hour = self._now - self._size * HOUR
        AnswerHour.objects.create(hour=hour, counts={"answers|home|model|": 1})
        ProductShown.objects.get_or_create(product=product, defaults={"last_shown_at": self._now})
        for ranked_by in (version, None):
            AttributionDay.objects.create(
                day=hour.date(),
                scenario=f"place-{self._size}",
                model_version=ranked_by,
                num_answers=9,
                computed_at=hour,
            )

    def _people(self) -> None:
        user, group = self._main("users_user"), self._main("auth_group")
        create_api_key(name="k", kind=ApiKeyKind.SECRET, scopes=["ingest"])
        other = Group.objects.create(name=f"Team {self._size}")
        user.groups.add(other)
        superuser().groups.add(other, group)
        permission = Permission.objects.order_by("pk")[self._size]
        group.permissions.add(permission)
        user.user_permissions.add(permission)

    def _operation(self) -> None:
        every = IntervalSchedule.objects.create(every=100 + self._size, period="seconds")
        hour = CrontabSchedule.objects.create(minute=str(self._size))
        shared = self._main("django_celery_beat_intervalschedule")
        for number, schedule in enumerate(({"interval": every}, {"crontab": hour})):
            name = f"task {self._size} {number}"
            PeriodicTask.objects.create(name=name, task="fusion.sweep", **schedule)
        PeriodicTask.objects.create(name=f"t {self._size}", task="fusion.sweep", interval=shared)
        agent = {"username": f"eve{self._size}", "ip_address": "10.0.0.2", "path_info": "/admin/"}
        AccessAttempt.objects.create(**agent, failures_since_start=3)
        AccessLog.objects.create(**agent)
        AccessFailureLog.objects.create(**agent)
        parked = {"first_parked_at": self._now, "last_parked_at": self._now, "reason": "It broke."}
        ParkedTask.objects.create(name="fusion.sweep", digest=f"d{self._size}", **parked)

    def _histories(self) -> None:
        """Let other people have changed each row, as its history and the audit log say."""
        entry, person = self._main("users_auditentry"), superuser()
        entry.changes = entry.changes | {f"Field {self._size}": ["a", "b"]}
        entry.save()
        for row in self.rows.values():
            about = {"object_id": str(row.pk), "object_repr": "x"}
            content_type = ContentType.objects.get_for_model(row)
            LogEntry.objects.create(
                user=person, content_type=content_type, action_flag=CHANGE, **about
            )
        AuditEntry.objects.create(
            user=person,
            actor=person.username,
            channel="admin",
            action="change",
            object_type="fusion.rule",
            object_id=str(uuid.uuid4()),
        )
