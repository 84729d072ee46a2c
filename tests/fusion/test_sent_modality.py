"""A shop that adds a modality of its own: `audio=precomputed`, from the API to the answer.

Even shoppers take even products, odd ones odd. No word and no picture tells the kinds apart:
only the audio vectors that the shop sends do.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from pytest_django import Settings
from redis import Redis
from rest_framework.test import APIClient

from catalog.models import Product
from fusion import services
from fusion.features import store
from fusion.models import Embedding, ModelVersion
from fusion.runs.worker import carry_out
from fusion.serving.catalogue_follower import CatalogueFollower
from fusion.serving.model_server import ModelServer
from fusion.serving.ranker import Ranker, RankRequest
from fusion.training.artifact import load_artifact
from recsys.stack import wait_until
from tests.fusion.checkerboard import small_config
from tests.fusion.served_shop import loaded_version
from users.models import Event, Shopper, ShopperKind

pytestmark = pytest.mark.django_db(transaction=True)

NUM_PRODUCTS, NUM_BOUGHT = 24, 20  # nobody has taken the last two of each kind
LENGTH = 8
OPENED_AT = datetime(2026, 1, 1, tzinfo=UTC)
AUDIO = "precomputed:audio:8@1"


@pytest.fixture(autouse=True)
def audio(settings: Settings, tmp_path: Path) -> None:
    usual = {"text": "minilm", "image": "efficientnet-lite0"}
    settings.FUSION_MODALITIES = usual | {"audio": "precomputed"}
    settings.FUSION_ARTIFACT_DIR = tmp_path / "artifacts"
    settings.FUSION_CHECKPOINT_DIR = tmp_path / "checkpoints"


def sounds() -> list[list[float]]:
    """Return a vector per product, near one of two poles by kind."""
    rng = np.random.default_rng(3)
    poles = rng.normal(size=(2, LENGTH))
    noise = 0.3 * rng.normal(size=(NUM_PRODUCTS, LENGTH))
    vectors: list[list[float]] = (poles[np.arange(NUM_PRODUCTS) % 2] + noise).tolist()
    return vectors


def open_shop(api: APIClient) -> None:
    """Send products with their sounds, encode them, and let 60 shoppers buy eight each."""
    rows = [
        {"product_id": f"p{n:02}", "embeddings": {"audio": each}} for n, each in enumerate(sounds())
    ]
    assert api.post("/api/v1/products/bulk", rows, format="json").json()["created"] == NUM_PRODUCTS
    assert store.encode_missing("audio") == store.EncodeResult(NUM_PRODUCTS, 0, 0)
    products = list(Product.objects.order_by("external_id"))
    shoppers = Shopper.objects.bulk_create(
        Shopper(kind=ShopperKind.CUSTOMER, external_id=f"u{n}") for n in range(60)
    )
    rng = np.random.default_rng(5)
    Event.objects.bulk_create(
        Event(
            event_id=uuid.uuid4(),
            shopper=shopper,
            product=products[2 * int(place) + n % 2],
            kind="purchase",
            occurred_at=OPENED_AT + timedelta(minutes=step),
        )
        for n, shopper in enumerate(shoppers)
        for step, place in enumerate(rng.choice(NUM_BOUGHT // 2, 8, replace=False))
    )


def train() -> ModelVersion:
    run = services.create_run(config=small_config())
    assert carry_out(run.pk, now=timezone.now())
    run.refresh_from_db()
    assert run.error == ""
    return run.version


def ranker_of(version: ModelVersion, settings: Settings, **options: Any) -> Ranker:
    return Ranker(load_artifact(settings.FUSION_ARTIFACT_DIR / version.artifact), **options)


def is_even(product_id: str) -> bool:
    return int(product_id[1:]) % 2 == 0


def ids(pks: list[int]) -> list[str]:
    found = dict(Product.objects.values_list("pk", "external_id"))
    return [found[pk] for pk in pks]


def test_the_run_says_which_modalities_it_had(api: APIClient) -> None:
    open_shop(api)

    version = train()

    assert "(24 with audio). No product has text or image: trained without." in version.run.log
    assert version.report["encoders"] == {"audio": AUDIO}
    assert version.report["data"]["num_present"] == {"audio": NUM_PRODUCTS}
    assert {"audio", "late_fusion_without_audio"} <= version.report["contestants"].keys()


def test_the_new_branch_alone_ranks_what_sounds_alike_first(
    api: APIClient, settings: Settings
) -> None:
    open_shop(api)
    ranker = ranker_of(train(), settings, branches=["audio"])
    heard = list(Product.objects.order_by("external_id").values_list("pk", flat=True))[:8:2]
    request = RankRequest([(pk, 1.0, 60) for pk in heard], 8, exclude=frozenset(heard))

    [items] = ranker.rank([request])

    found = ids([item.product_pk for item in items])
    assert all(is_even(each) for each in found)
    assert {"p20", "p22"} <= set(found)  # nobody has taken these


def test_answers_tell_what_the_new_branch_adds(
    api: APIClient,
    redis_client: Redis,
    start_server: Callable[[], ModelServer],
) -> None:
    open_shop(api)
    version = train()
    ModelVersion.objects.update(status=ModelVersion.Status.ACTIVE)
    start_server()
    wait_until(lambda: loaded_version(redis_client) == version.pk, seconds=20, what="not loaded")

    answer = api.get("/api/v1/recommendations?user_id=u0&limit=4").json()
    alike = api.get("/api/v1/products/p22/similar?by=audio&limit=4").json()

    assert answer["fallback"]["level"] == "model"
    for result in answer["results"]:
        assert is_even(result["product_id"])
        assert {"behaviour", "audio"} <= result["contributions"].keys()
        assert sum(result["contributions"].values()) == pytest.approx(result["score"], abs=1e-5)
    assert len(alike["results"]) == 4
    assert all(is_even(result["product_id"]) for result in alike["results"])


def test_a_new_sound_reaches_the_loaded_version(api: APIClient, settings: Settings) -> None:
    open_shop(api)
    version = train()
    before = ranker_of(version, settings)
    encoders = version.report["encoders"]
    follower = CatalogueFollower(before, cutoff=version.cutoff, encoders=encoders)
    before = follower.first(before)
    body = {"title": "New", "embeddings": {"audio": sounds()[0]}}
    api.put("/api/v1/products/p98", body, format="json")
    store.encode_missing("audio")

    after = follower.refresh(before, now=timezone.now())

    new = Product.objects.get(external_id="p98")
    assert [*before.similar(new.pk, 3, "audio")] == []
    found = [item.product_pk for item in after.similar(new.pk, 3, "audio")]
    assert len(found) == 3
    assert all(is_even(each) for each in ids(found))


def test_a_version_goes_on_without_a_modality_that_was_removed_from_the_settings(
    api: APIClient, settings: Settings
) -> None:
    open_shop(api)
    version = train()
    settings.FUSION_MODALITIES = {"text": "minilm"}
    ranker = ranker_of(version, settings)

    follower = CatalogueFollower(ranker, cutoff=version.cutoff, encoders=version.report["encoders"])

    assert follower.refresh(follower.first(ranker), now=timezone.now()).recommender.branches == (
        "behaviour",
        "audio",
    )
    assert store.load_features("audio", [Product.objects.get(external_id="p00").pk], AUDIO)


def test_vectors_of_an_earlier_length_are_a_problem_that_says_so(
    api: APIClient, settings: Settings
) -> None:
    open_shop(api)
    settings.FUSION_MODALITIES = {"audio": "precomputed:4"}

    assert store.encode_missing("audio", limit=1) == store.EncodeResult(0, 1, NUM_PRODUCTS - 1)
    problem = Embedding.objects.get(vector=None).problem
    assert problem == "It has 8 numbers, not 4. Send it again."


def test_a_sent_vector_costs_nothing_when_it_is_sent_again(api: APIClient) -> None:
    open_shop(api)
    body = {"embeddings": {"audio": sounds()[0]}}

    api.patch("/api/v1/products/p00", body, format="json")

    assert store.num_missing("audio") == 0
    assert Embedding.objects.filter(encoder=AUDIO).count() == NUM_PRODUCTS


def test_equal_sounds_are_kept_once_for_the_model(api: APIClient) -> None:
    rows = [{"product_id": each, "embeddings": {"audio": [1, 2]}} for each in ("p0", "p1")]
    api.post("/api/v1/products/bulk", rows, format="json")

    store.encode_missing("audio")

    pks = list(Product.objects.values_list("pk", flat=True))
    features = store.load_features("audio", pks, store.encoder_in_use("audio"))
    assert Embedding.objects.count() == 1
    assert features is not None
    assert features.present.tolist() == [False, True, True]
