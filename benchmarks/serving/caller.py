"""A client that sends one call after the other over a kept-alive connection."""

import http.client
from typing import Any

import orjson

from benchmarks.stack import Shop
from recsys.stack import StackError


class Caller:
    """Calls the shop's API; for one thread."""

    def __init__(self, shop: Shop) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=30)
        self._headers = {
            "Authorization": f"Bearer {shop.key}",
            "Content-Type": "application/json",
        }

    def call(self, method: str, path: str, body: object = None, *, expect: int = 200) -> Any:
        """Return the body of an answer.

        Raises:
            StackError: the status is another one than expected.
        """
        sent = None if body is None else orjson.dumps(body)
        self._connection.request(method, f"/api/v1/{path}", sent, self._headers)
        response = self._connection.getresponse()
        received = response.read()
        if response.status != expect:
            words = received[:500].decode(errors="replace")
            raise StackError(f"{method} {path}: {response.status} {words}")
        return orjson.loads(received) if received else None
