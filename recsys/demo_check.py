"""Ask a running demo what a storefront would ask, and check the answers."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

SHOPPER = "u0001"


def call(url: str, *, key: str = "", body: Any = None) -> tuple[int, Any]:
    """Return the status and the body, parsed when it is JSON."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            status, content, kind = answer.status, answer.read(), answer.headers.get_content_type()
    except HTTPError as error:
        status, content, kind = error.code, error.read(), error.headers.get_content_type()
    return status, json.loads(content) if kind.endswith("json") else content.decode()


def _adds_up(result: dict[str, Any]) -> bool:
    return bool(abs(sum(result["contributions"].values()) - result["score"]) <= 1e-5)


def _product_ids(answer: Any) -> list[str]:
    return [result["product_id"] for result in answer["results"]]


def checks(address: str, key: str, shopper: str) -> Iterator[tuple[str, bool, str]]:
    """Yield what was checked, whether it holds, and what was seen."""
    api = f"{address}/api/v1"
    status, answer = call(f"{api}/recommendations?user_id={shopper}&limit=10", key=key)
    yield "recommendations answer", status == 200, f"{status} {str(answer)[:300]}"
    yield "ten products are ranked", len(answer["results"]) == 10, str(_product_ids(answer))
    yield "the model ranked them", answer["model_version"] is not None, str(answer["fallback"])
    yield "contributions add up", all(map(_adds_up, answer["results"])), ""
    clicked = answer["results"][0]["product_id"]
    event = {
        "user_id": shopper,
        "product_id": clicked,
        "kind": "purchase",
        "recommendation_id": answer["recommendation_id"],
    }
    status, verdict = call(f"{api}/events", key=key, body={"events": [event]})
    yield "an event is accepted", status < 300 and verdict["accepted"] == 1, f"{status} {verdict}"
    status, after = call(f"{api}/recommendations?user_id={shopper}&limit=10", key=key)
    yield "the next answer reflects it", clicked not in _product_ids(after), f"{status}"
    status, stranger = call(f"{api}/recommendations?user_id=nobody-knows-me", key=key)
    yield "a stranger is answered", status == 200 and bool(stranger["results"]), f"{status}"
    status, _ = call(f"{api}/recommendations?user_id={shopper}")
    yield "no key, no answer", status == 401, f"{status}"
    for page in ("shop/", "admin/login/", "api/docs/", "readyz"):
        status, _ = call(f"{address}/{page}")
        yield f"/{page} opens", status == 200, f"{status}"
