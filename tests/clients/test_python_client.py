"""The Python client: as the API is described, and as it answers."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from clients.python import generate
from clients.python.recsys_client import ApiError, Client
from tests.factories import ProductFactory
from users.api_keys import create_api_key
from users.models import ApiKeyKind, Event


@pytest.fixture
def client(live_server: LiveServer, redis_client: Redis) -> Client:
    scopes = ["recommend", "ingest", "operate"]
    _, key = create_api_key(name="tests", kind=ApiKeyKind.SECRET, scopes=scopes)
    return Client(live_server.url, key)


def test_the_client_is_the_one_that_the_description_gives(tmp_path: Path) -> None:
    schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]

    generate.write(schema, tmp_path)

    for name in ("types.py", "calls.py"):
        assert (tmp_path / name).read_text() == (generate.PACKAGE / name).read_text(), (
            "The API changed: run clients/python/generate.py as its first lines say."
        )


@pytest.mark.django_db(transaction=True)
def test_events_in_and_recommendations_out(client: Client) -> None:
    lamp, other = ProductFactory.create(external_id="lamp/1 ü"), ProductFactory.create()

    said = client.send_events({"user_id": "ada", "product_id": "lamp/1 ü", "kind": "purchase"})
    answer = client.get_recommendations(user_id="ada", exclude_product_ids=["x", "y"])
    seen = client.get_bought_together("lamp/1 ü", limit=1, fields="product")

    assert said["accepted"] == 1
    assert [each["product_id"] for each in answer["results"]] == [other.external_id]
    assert seen["results"][0]["product"]["title"] == other.title
    assert Event.objects.get().product == lamp


@pytest.mark.django_db(transaction=True)
def test_pages_batches_and_empty_answers(client: Client) -> None:
    ProductFactory.create_batch(3)

    first = client.get_recommendations(limit=2, paging=True)
    cursor = first["cursor"]
    assert cursor is not None
    rest = client.get_next_recommendations(cursor=cursor)
    batch = client.recommend_batch({"widgets": [{"name": "top", "limit": 1}, {}]})
    product_id = first["results"][0]["product_id"]
    client.retire_product(product_id)

    assert [len(first["results"]), len(rest["results"])] == [2, 1]
    assert [len(each["results"]) for each in batch["widgets"]] == [1, 2]
    assert client.get_product(product_id)["is_available"] is False


@pytest.mark.django_db(transaction=True)
def test_a_refusal_says_what_to_send(client: Client) -> None:
    with pytest.raises(ApiError, match=r"limit: Send a whole number from 1 to 100\.") as refused:
        client.get_trending(limit=0)

    assert (refused.value.status, refused.value.code) == (400, "invalid")


@pytest.mark.django_db(transaction=True)
def test_a_wrong_key_is_not_tried_again(live_server: LiveServer) -> None:
    with pytest.raises(ApiError) as refused:
        Client(live_server.url, "sk_wrong").get_trending()

    assert (refused.value.status, refused.value.code) == (401, "key_unknown")


def test_a_server_that_is_not_there_is_an_error_of_the_api() -> None:
    with pytest.raises(ApiError, match="No answer") as lost:
        Client("http://127.0.0.1:1", "sk_x", retries=0).get_trending()

    assert (lost.value.status, lost.value.code) == (0, "unavailable")


def test_an_overloaded_server_is_asked_again() -> None:
    statuses = [503, 429, 200]

    class Overloaded(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"results": []}'
            self.send_response(statuses.pop(0))
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Overloaded) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answer = Client(f"http://127.0.0.1:{server.server_port}", "sk_x").get_trending()
        server.shutdown()

    assert answer["results"] == []
    assert statuses == []
