"""The commands that encode, train, show and promote."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings
from redis import Redis

from catalog.product_data import parse_product
from catalog.services import upsert_products
from fusion import services
from fusion.config import TrainingConfig
from fusion.features import store
from fusion.models import ModelVersion, TrainingRun
from recsys.stack import Stack
from tests.fusion.checkerboard import small_config
from tests.fusion.training_shop import open_training_shop
from users.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path, redis_client: Redis) -> None:
    settings.FUSION_ARTIFACT_DIR = tmp_path / "artifacts"
    settings.FUSION_CHECKPOINT_DIR = tmp_path / "checkpoints"


@pytest.fixture
def small_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the presets be small: what is tested is the command."""
    monkeypatch.setattr(TrainingConfig, "preset", lambda _: small_config())


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def make_products(num_products: int) -> None:
    rows = [{"product_id": f"p{n}", "title": "lamp " * (n + 1)} for n in range(num_products)]
    upsert_products([parse_product(row) for row in rows])


def test_products_are_encoded_in_this_process() -> None:
    make_products(3)

    assert "text: 3 vectors by minilm-l6-v2@1, 0 could not be read" in run(
        "encode_products", "--local"
    )


@pytest.mark.processes
def test_products_are_encoded_by_a_worker(stack: Stack) -> None:
    make_products(3)
    stack.start_worker("content", "-Q", "content", "-c", "1")

    run("encode_products")

    assert store.num_missing("text") == 0


def test_without_a_worker_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.management.commands.encode_products.WORKER_START_SECONDS", 0.1)
    make_products(1)

    with pytest.raises(CommandError, match="No worker takes the content queue"):
        run("encode_products")


@pytest.mark.usefixtures("small_preset")
def test_a_model_is_trained_in_this_process_and_shown() -> None:
    open_training_shop()

    assert "is active. Better than the baselines" in run("train_model", "--local")

    version = ModelVersion.objects.get()
    assert run("promote_model", "--show-active") == f"{version.pk}\n"
    acts = AuditEntry.objects.order_by("pk").values_list("actor", "channel", "action", "changes")
    assert list(acts) == [
        ("command line", "command", "train", {}),
        ("the gate", "task", "promote", {"Active version": ["", f"v{version.pk}"]}),
    ]
    run("evaluate_model", str(version.pk))


@pytest.mark.usefixtures("small_preset")
def test_a_failed_run_is_an_error_with_its_reason() -> None:
    with pytest.raises(CommandError, match=r"has failed\. There are only 0 events"):
        run("train_model", "--local")


@pytest.mark.processes
@pytest.mark.usefixtures("small_preset")
def test_a_worker_trains_while_the_command_waits(stack: Stack, settings: Settings) -> None:
    open_training_shop()
    stack.env["FUSION_ARTIFACT_DIR"] = str(settings.FUSION_ARTIFACT_DIR)
    stack.start_worker("train", "-Q", "train", "-c", "1")

    assert "is active" in run("train_model", "--wait")


def test_by_default_the_run_is_left_to_a_worker(redis_client: Redis) -> None:
    out = run("train_model", "--preset", "quick", "--promote", "manual")

    waiting = TrainingRun.objects.get()
    assert out == f"Run {waiting.pk} waits for a training worker.\n"
    assert (waiting.promotion, waiting.status) == ("manual", "pending")
    assert redis_client.llen("train") == 1


def test_a_second_run_is_refused() -> None:
    first = services.create_run()

    with pytest.raises(CommandError, match=f"Run {first.pk} is waiting"):
        run("train_model")


def test_nothing_is_shown_where_nothing_is_active() -> None:
    assert run("promote_model", "--show-active") == "\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [("promote_model", "There is no version 9"), ("evaluate_model", "There is no such version")],
)
def test_an_unknown_version_is_said_to_be_unknown(command: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(command, "9")
