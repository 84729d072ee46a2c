"""The audit log: who changed what, when, from where."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis
from rest_framework.test import APIClient

from catalog.feeds.products import ProductBatches
from catalog.management.commands import import_catalog
from catalog.models import Product
from fusion.models import ModelVersion, Rule, Scenario, TrainingRun
from fusion.retraining import retrain_on_schedule
from fusion.tasks import delete_old_served_lists
from tests.admin_shop import make_run, make_served_list, make_version, member, superuser
from tests.factories import EventFactory, ProductFactory, ShopperFactory
from users.api_keys import create_api_key
from users.audit import record, record_many
from users.models import ApiKeyKind, AuditAction, AuditEntry, User
from users.tasks import delete_old_events

pytestmark = pytest.mark.django_db
LOG = reverse("admin:users_auditentry_changelist")


def entries() -> list[tuple[str, str, str, str]]:
    """Actor, channel, action and kind of row, oldest first."""
    columns = ("actor", "channel", "action", "object_type")
    return list(AuditEntry.objects.order_by("pk").values_list(*columns))


def newest() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def rule_form(**values: Any) -> dict[str, Any]:
    empty = {"product_ids": "", "attributes": "", "priority": "0", "is_enabled": "on"}
    return {"name": "Sale", "action": "boost", "factor": "2", "brand": "Acme", **empty, **values}


def test_a_changed_rule_is_kept_with_the_values_before_and_after(client: Client) -> None:
    user = member("Merchandiser")
    client.force_login(user)
    home, _ = Scenario.objects.get_or_create(name="home")
    client.post(reverse("admin:fusion_rule_add"), rule_form())
    rule = Rule.objects.get()

    change = reverse("admin:fusion_rule_change", args=[rule.pk])
    client.post(
        change, rule_form(factor="3", scenarios=[home.pk]), headers={"x-forwarded-for": "1.2.3.4"}
    )
    client.post(reverse("admin:fusion_rule_delete", args=[rule.pk]), {"post": "yes"})

    who = (user.username, "admin")
    assert entries() == [
        (*who, "add", "fusion.rule"),
        (*who, "change", "fusion.rule"),
        (*who, "delete", "fusion.rule"),
    ]
    added, changed, deleted = AuditEntry.objects.order_by("pk")
    assert added.changes["Factor"] == ["", "2.0"]
    assert changed.changes == {"Scenarios": ["", "home"], "Factor": ["2.0", "3.0"]}
    assert changed.ip_address == "127.0.0.1"  # no proxy is trusted, so its header is no news
    assert (deleted.object_name, deleted.object_id) == ("Sale", str(rule.pk))


def test_a_form_that_changes_nothing_has_no_values(client: Client) -> None:
    client.force_login(superuser())
    rule = Rule.objects.create(name="Sale", action="boost", factor=2, brand="Acme")

    client.post(reverse("admin:fusion_rule_change", args=[rule.pk]), rule_form())

    assert newest().changes == {}


def test_products_switched_off_are_kept_one_by_one(client: Client) -> None:
    client.force_login(member("Merchandiser"))
    products = [ProductFactory.create(), ProductFactory.create()]

    client.post(
        reverse("admin:catalog_product_changelist"),
        {"action": "switch_off", "_selected_action": [each.pk for each in products]},
    )

    kept = AuditEntry.objects.values_list("action", "object_id", "changes")
    assert set(kept.values_list("action", flat=True)) == {"switch_off"}
    assert {pk for _, pk, _ in kept} == {str(each.pk) for each in products}
    assert newest().changes == {"Is available": ["yes", "no"]}


def test_no_secret_is_kept(client: Client) -> None:
    client.force_login(superuser())
    keys = reverse("admin:users_apikey_changelist")
    made = client.post(f"{keys}add/", {"name": "s", "kind": "secret", "scopes": ["ingest"]})
    pk = newest().object_id
    turned = client.post(f"{keys}{pk}/rotate/", {"hours": 2})
    person = User.objects.create(username="eve", password="x")
    words = {"password1": "dromedary-77", "password2": "dromedary-77", "usable_password": "true"}
    client.post(reverse("admin:auth_user_password_change", args=[person.pk]), words)

    secrets = [re.findall(r"sk_[\w-]{43}", page.content.decode())[0] for page in (made, turned)]
    kept = str(list(AuditEntry.objects.values()))
    assert [action for _, _, action, _ in entries()] == ["add", "new_secret", "change"]
    assert newest().changes == {"Password": ["(not shown)", "(not shown)"]}
    assert not any(secret in kept for secret in secrets)
    assert "dromedary" not in kept


def test_a_new_password_of_ones_own_is_kept_and_a_mistyped_one_is_not(client: Client) -> None:
    user = User.objects.create_user("eve", password="old-dromedary-77", is_staff=True)
    client.force_login(user)
    page = reverse("admin:password_change")
    words = {"old_password": "wrong", "new_password1": "camel-78-x", "new_password2": "camel-78-x"}

    assert client.get(page).status_code == 200
    assert client.post(page, words).status_code == 200
    assert entries() == []
    client.post(page, words | {"old_password": "old-dromedary-77"})

    assert entries() == [("eve", "admin", "change", "users.user")]
    assert newest().changes == {"Password": ["(not shown)", "(not shown)"]}


def test_a_change_of_roles_is_kept(client: Client) -> None:
    root, person = superuser(), member("Analyst")
    User.objects.filter(pk=person.pk).update(username="ana")
    client.force_login(root)
    roles = {name: member(name).groups.get() for name in ("Analyst", "Model admin")}
    form = {
        "username": "ana",
        "is_active": "on",
        "is_staff": "on",
        "date_joined_0": "2026-06-01",
        "date_joined_1": "12:00:00",
        "groups": [roles["Model admin"].pk],
    }

    client.post(reverse("admin:users_user_change", args=[person.pk]), form)

    assert newest().changes == {"Groups": ["Analyst", "Model admin"]}
    assert newest().actor == root.username


def test_training_over_rest_names_the_key_and_never_its_secret(api: APIClient) -> None:
    answer = api.post("/api/v1/training-runs", {"preset": "quick"}, format="json")
    run_id = answer.json()["id"]
    api.post(f"/api/v1/training-runs/{run_id}/cancel")

    kinds = [(channel, action) for _, channel, action, _ in entries()]
    assert kinds == [("api", "train"), ("api", "cancel")]
    assert newest().actor.startswith("key tests (sk_")
    assert len(newest().actor) < 30


def test_a_promotion_keeps_the_version_before_and_the_reason(
    client: Client, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fusion.promotion.verify_artifact", lambda _: None)
    old = make_version(make_run(), status=ModelVersion.Status.ACTIVE)
    new = make_version(make_run())

    api.post(f"/api/v1/model-versions/{new.pk}/promote", {"reason": "A holiday."}, format="json")

    assert newest().changes == {"Active version": [f"v{old.pk}", f"v{new.pk}"]}
    assert (newest().action, newest().note) == ("promote", "A holiday.")
    again = api.post(
        f"/api/v1/model-versions/{new.pk}/promote", {"reason": "Again."}, format="json"
    )
    assert (again.status_code, AuditEntry.objects.count()) == (200, 1)


def test_an_erasure_takes_the_id_out_of_what_was_kept_before(api: APIClient) -> None:
    shopper = ShopperFactory.create(external_id="ada-lovelace")
    EventFactory.create(shopper=shopper)
    api.get("/api/v1/users/ada-lovelace/export")
    assert newest().object_name == "customer ada-lovelace"

    api.delete("/api/v1/users/ada-lovelace")

    names = AuditEntry.objects.values_list("action", "object_name")
    assert list(names.order_by("pk")) == [
        ("export", "an erased shopper"),
        ("erase", "an erased shopper"),
    ]
    assert newest().note.startswith("Erased, with 1 events. Receipt")


def test_events_and_products_of_the_api_are_not_kept(api: APIClient) -> None:
    event = {"user_id": "u1", "product_id": "1", "kind": "view"}
    api.post("/api/v1/events", event, format="json")
    api.put("/api/v1/products/1", {"title": "Lamp"}, format="json")

    assert entries() == []


def test_a_refused_action_is_not_kept(client: Client) -> None:
    client.force_login(member("Analyst"))

    client.post(reverse("admin:fusion_rule_add"), rule_form())
    client.post(reverse("admin:fusion_trainingrun_retrain"), {"preset": "quick"})

    assert (entries(), TrainingRun.objects.count()) == ([], 0)


def test_a_key_made_by_a_command_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", name="shop", scopes="recommend")

    assert entries() == [("command line", "command", "add", "users.apikey")]


def test_imports_are_kept_with_what_became_of_the_rows(tmp_path: Path) -> None:
    products, events = tmp_path / "products.csv", tmp_path / "events.csv"
    products.write_text("product_id,title\n1,Lamp\n2,Desk\n,Chair\n")
    events.write_text("user_id,product_id,kind,occurred_at\nada,1,view,2026-06-01T12:00:00Z\n")

    call_command("import_catalog", products, "--dry-run")
    assert entries() == []
    call_command("import_catalog", products)
    call_command("import_events", events)

    who = ("command line", "command", "import")
    assert entries() == [(*who, "catalog.product"), (*who, "users.event")]
    told = AuditEntry.objects.order_by("pk").values_list("object_name", "note")
    assert list(told) == [
        ("from products.csv", "Products: 2 created, 1 rejected."),
        ("from events.csv", "Events: 1 accepted."),
    ]


def test_an_import_that_is_cut_off_is_kept_with_what_it_had_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "products.csv"
    path.write_text("product_id,title\n1,Lamp\n,Chair\n2,Desk\n3,Mug\n")
    monkeypatch.setattr(import_catalog, "BATCH_SIZE", 1)
    written = ProductBatches.write

    def write(self: ProductBatches, products: Any) -> Any:
        if Product.objects.count() == 2:
            raise KeyboardInterrupt
        return written(self, products)

    monkeypatch.setattr(ProductBatches, "write", write)
    with pytest.raises(KeyboardInterrupt):
        call_command("import_catalog", path)

    assert entries() == [("command line", "command", "import", "catalog.product")]
    assert newest().note == "Products: 2 created, 1 rejected. Cut off by KeyboardInterrupt."


def test_an_import_that_wrote_nothing_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("product_id,title\n,Chair\n")

    with pytest.raises(CommandError, match="None of the 1 rows"):
        call_command("import_catalog", path)

    assert entries() == []


def test_vectors_that_are_imported_are_kept(tmp_path: Path, settings: Settings) -> None:
    settings.FUSION_MODALITIES = {"audio": "precomputed"}
    ProductFactory.create(external_id="1")
    np.save(tmp_path / "audio.npy", np.ones((1, 4), np.float32))
    (tmp_path / "ids.txt").write_text("1\n")

    call_command("import_embeddings", "audio", tmp_path / "audio.npy", ids=tmp_path / "ids.txt")

    assert entries() == [("command line", "command", "import", "catalog.productvector")]
    assert newest().object_name == "from audio.npy"


def test_a_training_by_a_command_is_kept() -> None:
    call_command("train_model", "--preset", "quick")

    assert entries() == [("command line", "command", "train", "fusion.trainingrun")]
    assert newest().note == "quick, Promote when the gate passes"


def test_a_training_by_the_clock_is_kept() -> None:
    retrain_on_schedule(preset="quick")

    assert entries() == [("the training schedule", "task", "train", "fusion.trainingrun")]
    assert newest().note == "By the clock: 0 new events."


def test_what_is_deleted_because_it_is_old_is_kept(settings: Settings) -> None:
    settings.EVENT_RETENTION_DAYS = 30
    for _ in range(2):
        EventFactory.create(occurred_at=timezone.now() - timedelta(days=100))
        delete_old_events()
        delete_old_events()  # nothing is left to tell
    make_served_list(ProductFactory.create(), None, created_at=timezone.now() - timedelta(days=999))
    delete_old_served_lists()
    EventFactory.create(occurred_at=timezone.now() - timedelta(days=100))
    call_command("delete_old_events", "--days", "30")

    assert entries() == [
        ("event retention", "task", "delete", "users.event"),
        ("event retention", "task", "delete", "users.event"),
        ("answer retention", "task", "delete", "fusion.servedlist"),
        ("command line", "command", "delete", "users.event"),
    ]
    assert newest().note == "1 deleted."


def test_a_check_of_the_pictures_is_kept(client: Client, redis_client: Redis) -> None:
    client.force_login(member("Merchandiser"))

    client.post(reverse("admin:fusion_picturefit_check"))

    assert [entry[1:] for entry in entries()] == [("admin", "run", "fusion.picturefit")]


def test_many_rows_at_once_have_no_page_to_lead_to(client: Client) -> None:
    record_many(AuditAction.IMPORT, Product, "from products.csv", note="Products: 2 created.")
    client.force_login(superuser())

    row = reverse("admin:users_auditentry_change", args=[newest().pk])

    assert "product from products.csv" in client.get(LOG).content.decode()
    assert client.get(row).status_code == 200


def test_the_log_is_read_by_the_privacy_officer_and_changed_by_nobody(client: Client) -> None:
    key, _ = create_api_key(name="shop", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    record(AuditAction.CHANGE, [key], changes={"Name": ("shop", "<b>till</b>")})
    pk = newest().pk
    client.force_login(member("Analyst"))
    assert client.get(LOG).status_code == 403

    client.force_login(member("Privacy officer"))
    page = client.get(LOG).content.decode()
    assert "<del>shop</del> <ins>&lt;b&gt;till&lt;/b&gt;</ins>" in page
    client.force_login(superuser())
    row = reverse("admin:users_auditentry_change", args=[pk])
    assert client.get(row).status_code == 200
    statuses = [client.post(url, {"actor": "x"}).status_code for url in (row, f"{LOG}add/")]
    assert statuses == [403, 403]
    assert newest().actor == "command line"
