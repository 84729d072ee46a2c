"""What sends calls: retries, since every call is safe to repeat, and errors as problems."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib import error, parse, request

RETRIED = frozenset({429, 502, 503, 504})  # every call of the API is safe to repeat
MOST_WAIT_S = 30.0


class ApiError(Exception):
    """The API refused a call, or could not be reached.

    Attributes:
        status: of HTTP; 0 when there was no answer.
        code: for programs, listed in the API's reference.
        problem: the whole body (RFC 9457); `errors` names the fields at fault.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(self.problem.get("code", "unavailable"))
        fields = self.problem.get("errors", [])
        told = [f"{each['field']}: {each['message']}" for each in fields]
        detail = str(self.problem.get("detail", ""))
        super().__init__(" ".join([f"{status} {self.code}.", detail, *told]))


def path(value: object) -> str:
    """Return an id as one segment of an address."""
    return parse.quote(str(value), safe="")


class Http:
    """Sends calls with one key; safe to share between threads.

    Args:
        url: of the recommender, without /api/v1.
        key: a secret key; it never belongs into a web page.
        timeout_s: of one attempt.
        retries: further attempts after a broken connection or an overloaded server.
    """

    def __init__(self, url: str, key: str, *, timeout_s: float = 10.0, retries: int = 2) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._timeout_s = timeout_s
        self._retries = retries

    def call(
        self,
        method: str,
        address: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        json_body: Any = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Any:
        """Return the answer's JSON, or None where it has no body.

        Raises:
            ApiError: the API refused the call, or did not answer in all attempts.
        """
        sent = json.dumps(json_body).encode() if json_body is not None else body
        asked = request.Request(  # noqa: S310 - the address is the caller's own
            self._url + address + _query_string(query or {}), data=sent, method=method
        )
        asked.add_header("Authorization", f"Bearer {self._key}")
        if sent is not None:
            asked.add_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            if value is not None:
                asked.add_header(name, value)
        for attempt in range(self._retries):
            try:
                return self._send(asked)
            except ApiError as problem:
                if problem.status and problem.status not in RETRIED:
                    raise
                time.sleep(
                    min(float(problem.problem.get("retry_after", 2**attempt / 4)), MOST_WAIT_S)
                )
        return self._send(asked)

    def _send(self, asked: request.Request) -> Any:
        try:
            with request.urlopen(asked, timeout=self._timeout_s) as answer:  # noqa: S310
                text = answer.read()
        except error.HTTPError as refused:
            raise ApiError(refused.code, _problem(refused)) from None
        except (error.URLError, TimeoutError, ConnectionError) as lost:
            raise ApiError(0, {"detail": f"No answer: {lost}"}) from lost
        return json.loads(text) if text else None


def _query_string(query: Mapping[str, Any]) -> str:
    pairs = {name: _in_words(value) for name, value in query.items() if value is not None}
    return f"?{parse.urlencode(pairs, doseq=True)}" if pairs else ""


def _in_words(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _problem(refused: error.HTTPError) -> dict[str, Any]:
    try:
        problem: dict[str, Any] = json.loads(refused.read())
    except ValueError:  # a proxy answered
        problem = {"detail": str(refused)}
    retry_after = refused.headers.get("Retry-After", "")
    return problem | ({"retry_after": int(retry_after)} if retry_after.isdecimal() else {})
