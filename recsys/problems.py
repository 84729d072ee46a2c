"""Error bodies (RFC 9457), for whatever goes wrong under /api/."""

import logging
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import defaults
from rest_framework import exceptions
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from recsys.problem_codes import BY_STATUS, FIELD_CODES, KINDS
from recsys.renderers import written

logger = logging.getLogger(__name__)
RETRY_AFTER_S = "2"
MEDIA_TYPE = "application/problem+json"
OF_THE_BODY = ("Content-Type", "Content-Length")
DRF_MISSING = frozenset({"required", "null", "blank", "empty"})


def problem(code: str, detail: str, *, status: int | None = None, **more: Any) -> dict[str, Any]:
    """Return the body of a problem: `detail` says what, `hint` what to do about it."""
    kind = KINDS[code]
    status = status or kind.status
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "hint": kind.hint,
        **more,
    }


def _field_code(detail: str) -> str:
    code = getattr(detail, "code", "invalid")
    if code in DRF_MISSING:
        return "missing"
    return code if code in FIELD_CODES else "invalid"


def _fields_at_fault(detail: Any, prefix: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested error detail into rows of field, code and message."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == api_settings.NON_FIELD_ERRORS_KEY else str(name)
            yield from _fields_at_fault(inner, ".".join(filter(None, (prefix, own))))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            is_message = isinstance(inner, str)
            yield from _fields_at_fault(inner, prefix if is_message else f"{prefix}[{position}]")
    else:
        yield {"field": prefix, "code": _field_code(detail), "message": str(detail)}


def _described(error: Exception, status: int) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        rows = list(_fields_at_fault(error.detail))
        return problem("invalid", "Some fields are not valid; see `errors`.", errors=rows)
    if isinstance(error, Http404):
        return problem("not_found", "Nothing is known by this id.")
    codes = error.get_codes() if isinstance(error, exceptions.APIException) else None
    code = codes if isinstance(codes, str) and codes in KINDS else BY_STATUS[status]
    return problem(code, str(getattr(error, "detail", error)), status=status)


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Turn an API exception into an RFC 9457 problem body, whatever the view answers in."""
    if isinstance(error, OperationalError | InterfaceError):
        return _database_down()
    response = exception_handler(error, context)
    if response is None:
        return None
    return _ready(_described(error, response.status_code), response.headers)


def _database_down() -> HttpResponse:
    logger.exception("api.database_down")
    detail = "The database does not answer, or is too busy."
    return _ready(problem("unavailable", detail), {"Retry-After": RETRY_AFTER_S})


def _is_for_a_program(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _ready(body: dict[str, Any], headers: Mapping[str, str]) -> HttpResponse:
    """Return a problem as bytes, with the headers of the answer it stands for."""
    kept = {name: value for name, value in headers.items() if name not in OF_THE_BODY}
    return HttpResponse(written(body), status=body["status"], content_type=MEDIA_TYPE, headers=kept)


def _answer(code: str, detail: str, *, status: int | None = None) -> HttpResponse:
    return _ready(problem(code, detail, status=status), {})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that does not exist: a problem to a program, a page to a person."""
    if not _is_for_a_program(request):
        return defaults.page_not_found(request, exception)
    hint = " Leave out the slash at the end." if request.path.endswith("/") else ""
    return _answer("not_found", f"There is no such address.{hint}")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refuses to read."""
    if not _is_for_a_program(request):
        return defaults.bad_request(request, exception)
    return _answer("bad_request", "The request cannot be read.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours; the log has the traceback."""
    if not _is_for_a_program(request):
        return defaults.server_error(request)
    return _answer("server_error", "The server failed on this request.")


class NoErrorPages:
    """Turns what error pages are left under /api/ into problems: nobody parses HTML.

    The outermost middleware, so that it also sees what Django and other middleware refuse.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer, its headers kept."""
        response = self._get_response(request)
        is_problem = response.headers.get("Content-Type") == MEDIA_TYPE
        if response.status_code < 400 or is_problem or not _is_for_a_program(request):
            return response
        code = BY_STATUS.get(response.status_code, "server_error")
        status = HTTPStatus(response.status_code)
        return _ready(problem(code, f"{status.phrase}.", status=status), response.headers)
