"""The whole arrow, over HTTP and with real processes, on a checkerboard with a known answer.

Even shoppers take mugs, odd shoppers take sweaters. Products arrive, events arrive, the
content worker encodes the words, the train worker trains, the serve worker ranks, and a
purchase carries the answer's id back.
"""

import random
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from fusion.models import Embedding, ServedList, TrainingRun
from recsys.demo_check import call
from recsys.stack import Stack, free_port, wait_until
from users.api_keys import create_api_key
from users.models import ApiKeyKind, Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

NUM_EACH = 20
NUM_SHOPPERS = 60
MUGS = [f"mug-{number:02}" for number in range(NUM_EACH)]
SWEATERS = [f"sweater-{number:02}" for number in range(NUM_EACH)]
WORDS = {
    "mug": "A ceramic coffee mug, glazed, for the kitchen",
    "sweater": "A knitted wool sweater, warm, for the winter",
}


@dataclass(frozen=True)
class Shop:
    """The REST API as a storefront sees it."""

    address: str
    key: str

    def get(self, path: str) -> Any:
        """Return the body of an answer that must be good."""
        return self.send(path, None)

    def send(self, path: str, body: Any) -> Any:
        """Send a body and return that of the answer, which must be good."""
        status, answer = call(f"{self.address}/api/v1/{path}", key=self.key, body=body)
        assert status < 300, answer
        return answer

    def recommended(self, user_id: str) -> Any:
        """Return five products for a shopper."""
        return self.get(f"recommendations?user_id={user_id}&limit=5")


@pytest.fixture
def shop(stack: Stack) -> Shop:
    """Web, workers and beat of an empty shop."""
    port = free_port()
    scopes = ["recommend", "ingest", "operate"]
    _, key = create_api_key(name="flow", kind=ApiKeyKind.SECRET, scopes=scopes)
    stack.start_web(port)
    stack.start_workers()
    return Shop(f"http://127.0.0.1:{port}", key)


def products() -> list[dict[str, str]]:
    return [
        {"product_id": product_id, "title": f"{product_id}: {WORDS[product_id.partition('-')[0]]}"}
        for product_id in MUGS + SWEATERS
    ]


def events() -> list[dict[str, Any]]:
    """Every shopper took eight products of one kind, an hour apart, in June."""
    rng = random.Random(7)
    return [
        {
            "event_id": str(uuid.UUID(int=rng.getrandbits(128))),
            "user_id": f"u{shopper}",
            "product_id": product_id,
            "kind": "purchase",
            "occurred_at": f"2026-06-{1 + shopper % 28:02}T{hour:02}:00:00Z",
        }
        for shopper in range(NUM_SHOPPERS)
        for hour, product_id in enumerate(rng.sample((MUGS, SWEATERS)[shopper % 2], 8))
    ]


def kinds(answer: Any) -> set[str]:
    return {result["product_id"].partition("-")[0] for result in answer["results"]}


def test_from_events_to_ranked_products_and_back(shop: Shop) -> None:
    # Events first: their products are not known yet, and join them on arrival.
    assert shop.send("events", {"events": events()})["quarantined"] == NUM_SHOPPERS * 8
    assert shop.send("products/bulk", products())["rejected"] == 0
    before = shop.recommended("u0")
    assert before["fallback"]["level"] != "model"

    texts = Embedding.objects.filter(problem="")
    wait_until(lambda: texts.count() == NUM_EACH * 2, seconds=120, what="words are not encoded")
    run = shop.send("training-runs", {"promotion": "manual", "preset": "quick"})
    wait_until(
        lambda: TrainingRun.objects.unfinished().count() == 0, seconds=240, what="still training"
    )
    trained = TrainingRun.objects.get(pk=run["id"])
    assert trained.status == TrainingRun.Status.SUCCEEDED, trained.error
    version_id = trained.version.pk
    shop.send(f"model-versions/{version_id}/promote", {"reason": "A test decides."})
    wait_until(
        lambda: shop.recommended("u0")["model_version"] == version_id,
        seconds=60,
        what="the promoted version does not answer",
    )

    even, odd = shop.recommended("u0"), shop.recommended("u1")
    assert (kinds(even), kinds(odd)) == ({"mug"}, {"sweater"})
    bought = {event["product_id"] for event in events() if event["user_id"] == "u0"}
    assert bought.isdisjoint(result["product_id"] for result in even["results"])
    for result in even["results"]:
        assert sum(result["contributions"].values()) == pytest.approx(result["score"], abs=1e-5)

    # A purchase of what was shown carries the answer's id back, and changes the next answer.
    clicked = even["results"][0]["product_id"]
    purchase = {
        "user_id": "u0",
        "product_id": clicked,
        "kind": "purchase",
        "recommendation_id": even["recommendation_id"],
    }
    assert shop.send("events", purchase)["accepted"] == 1
    after = shop.recommended("u0")
    assert after["fallback"]["level"] == "model"
    assert clicked not in [result["product_id"] for result in after["results"]]

    # Beat has the answer written down; the event leads back to it.
    shown = ServedList.objects.filter(recommendation_id=even["recommendation_id"])
    wait_until(shown.exists, seconds=30, what="the answer was not stored")
    event = Event.objects.get(recommendation_id=even["recommendation_id"])
    assert shown.get().results[0]["product_id"] == event.product.external_id
    assert shown.get().model_version_id == version_id

    # A product that arrives now is ranked as soon as its words are encoded, with no training.
    new = {"product_id": "mug-new", "title": f"mug-new: {WORDS['mug']}"}
    assert shop.send("products/bulk", [new])["created"] == 1
    wait_until(lambda: is_ranked(shop, "u0", "mug-new"), seconds=60, what="it is not ranked")
    similar = shop.get("products/mug-new/similar?limit=5")
    assert similar["fallback"]["level"] == "model"
    assert kinds(similar) == {"mug"}


def is_ranked(shop: Shop, user_id: str, product_id: str) -> bool:
    results = shop.get(f"recommendations?user_id={user_id}&limit=100")["results"]
    found = {result["product_id"]: result["source"] for result in results}
    return found.get(product_id) == "model"
