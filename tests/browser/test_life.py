"""The life of a version as people of every role see it, in a real browser on real processes."""

import csv
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page, expect

from fusion.models import Embedding, ModelVersion, TrainingRun
from recsys.stack import Stack, free_port, wait_until
from tests.admin_shop import make_run, make_version
from tests.browser.conftest import CHROMIUM, LogIn
from tests.flow.test_event_to_ranked_items import Shop, events, kinds, products
from users.api_keys import create_api_key
from users.models import ApiKeyKind, AuditEntry, Shopper

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
TRAINING_MS = 240_000


@pytest.fixture
def shop(stack: Stack) -> Shop:
    """Web and workers of an empty shop."""
    port = free_port()
    _, key = create_api_key(name="shop", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    stack.start_web(port)
    stack.start_workers()
    return Shop(f"http://127.0.0.1:{port}", key)


def write_feed(path: Path, rows: list[dict[str, str]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def refused(window: Page, path: str) -> bool:
    """Whether the page is refused to whoever is logged in."""
    answer = window.goto(path)
    return answer is not None and answer.status == 403


def retrain(window: Page) -> None:
    """Start a quick run, and see it end without a reload."""
    window.goto("/admin/fusion/trainingrun/retrain/")
    window.locator("[name=preset][value=quick]").check()
    window.locator("[name=promotion][value=manual]").check()
    window.get_by_role("button", name="Start training").click()
    window.wait_for_url("**/change/")
    window.evaluate("window.neverReloaded = true")
    expect(window.locator("#rs-run .rs-chip").first).to_have_text("Succeeded", timeout=TRAINING_MS)
    assert window.evaluate("window.neverReloaded")


def promote(window: Page, version: ModelVersion) -> None:
    window.goto(f"/admin/fusion/modelversion/{version.pk}/promote/")
    window.get_by_label("Reason").fill("A test decides.")
    window.get_by_role("button", name="Promote").click()
    expect(window.get_by_text(f"Version {version.pk} is active now.")).to_be_visible()


def answers_with(shop: Shop, version: ModelVersion) -> None:
    wait_until(
        lambda: shop.recommended("u0")["model_version"] == version.pk,
        seconds=60,
        what=f"version {version.pk} does not answer",
    )


def test_import_train_promote_see_and_roll_back(shop: Shop, log_in: LogIn, tmp_path: Path) -> None:
    call_command("import_catalog", write_feed(tmp_path / "products.csv", products()))
    call_command("import_events", write_feed(tmp_path / "events.csv", events()))
    texts = Embedding.objects.filter(problem="")
    wait_until(lambda: texts.count() == len(products()), seconds=120, what="words are not encoded")

    analyst = log_in(shop.address, "Analyst")
    assert refused(analyst, "/admin/fusion/trainingrun/retrain/")
    assert shop.recommended("u0")["fallback"]["level"] != "model"

    trainer = log_in(shop.address, "Model admin")
    retrain(trainer)
    first = TrainingRun.objects.get().version
    analyst.goto(f"/admin/fusion/modelversion/{first.pk}/change/")
    expect(analyst.get_by_text("popularity").first).to_be_visible()
    assert refused(analyst, f"/admin/fusion/modelversion/{first.pk}/promote/")
    promote(trainer, first)
    answers_with(shop, first)
    assert kinds(shop.recommended("u0")) == {"mug"}

    second = twin_of(first)
    promote(trainer, second)
    answers_with(shop, second)
    trainer.goto("/admin/fusion/modelversion/roll-back/")
    trainer.get_by_role("button", name="Roll back").click()
    expect(trainer.get_by_text(f"Version {first.pk} is active again.")).to_be_visible()
    answers_with(shop, first)

    hide_by_rule(shop, log_in(shop.address, "Merchandiser"))
    shopper = Shopper.objects.get(external_id="u0")
    assert refused(trainer, f"/admin/users/shopper/{shopper.pk}/erase/")
    erase(shopper, log_in(shop.address, "Privacy officer"))
    acts = AuditEntry.objects.order_by("pk").values_list("actor", "action")
    assert list(acts) == [
        ("command line", "import"),
        ("command line", "import"),
        ("model-admin", "train"),
        ("model-admin", "promote"),
        ("model-admin", "promote"),
        ("model-admin", "roll_back"),
        ("merchandiser", "add"),
        ("privacy-officer", "erase"),
    ]


def twin_of(version: ModelVersion) -> ModelVersion:
    """Another version with the same weights, to have one to come back from."""
    folder = settings.FUSION_ARTIFACT_DIR / version.artifact
    twin = shutil.copytree(folder, folder.with_name(f"{version.artifact}-twin"))
    return make_version(make_run(), artifact=twin.name, report=version.report)


def hide_by_rule(shop: Shop, window: Page) -> None:
    """Hide the first product of an answer, and see it gone from the next."""
    top = shop.recommended("u0")["results"][0]["product_id"]
    assert refused(window, "/admin/fusion/modelversion/roll-back/")
    window.goto("/admin/fusion/rule/add/")
    window.get_by_label("Name").fill("Recall")
    window.locator("[name=action]").select_option("hide")
    window.locator("[name=product_ids]").fill(top)
    window.get_by_role("button", name="Save", exact=True).click()
    window.wait_for_url("**/admin/fusion/rule/")
    wait_until(
        lambda: top not in [each["product_id"] for each in shop.recommended("u0")["results"]],
        seconds=30,
        what="the rule is not followed",
    )


def erase(shopper: Shopper, window: Page) -> None:
    assert refused(window, "/admin/fusion/rule/add/")
    window.goto(f"/admin/users/shopper/{shopper.pk}/erase/")
    window.get_by_label("Type the id again").fill("u0")
    window.get_by_role("button", name="Erase for good").click()
    expect(window.get_by_text("Erased, with 8 events.").first).to_be_visible()
    assert not Shopper.objects.filter(pk=shopper.pk).exists()
