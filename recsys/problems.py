"""Error bodies (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def _fields_at_fault(detail: Any, prefix: str = "") -> list[dict[str, str]]:
    """Flatten DRF's nested error detail into rows of field, code and message."""
    if isinstance(detail, Mapping):
        return [
            row
            for name, inner in detail.items()
            for row in _fields_at_fault(inner, f"{prefix}.{name}" if prefix else str(name))
        ]
    if isinstance(detail, list):
        return [
            row
            for position, inner in enumerate(detail)
            for row in _fields_at_fault(
                inner, prefix if isinstance(inner, str) else f"{prefix}[{position}]"
            )
        ]
    return [{"field": prefix, "code": getattr(detail, "code", "invalid"), "message": str(detail)}]


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an API exception into an RFC 9457 problem body."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        detail, code = "Some fields are not valid; see `errors`.", "invalid"
    elif isinstance(error, Http404):
        detail, code = "Nothing is known by this id.", "not_found"
    else:
        detail = str(getattr(error, "detail", error))
        code = getattr(error, "default_code", "error")
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(response.status_code).phrase,
        "status": response.status_code,
        "code": code,
        "detail": detail,
    }
    if isinstance(error, exceptions.ValidationError):
        problem["errors"] = _fields_at_fault(error.detail)
    response.data = problem
    response.content_type = "application/problem+json"
    return response


def _is_for_a_program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(status: HTTPStatus, code: str, detail: str) -> JsonResponse:
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": detail,
    }
    return JsonResponse(problem, status=status, content_type="application/problem+json")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that does not exist: a problem to a program, a page to a person."""
    if not _is_for_a_program(request):
        return defaults.page_not_found(request, exception)
    hint = " Leave out the slash at the end." if request.path.endswith("/") else ""
    detail = f"There is no such address.{hint} All of them are listed at /api/docs/."
    return _problem(HTTPStatus.NOT_FOUND, "not_found", detail)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refuses to read."""
    if not _is_for_a_program(request):
        return defaults.bad_request(request, exception)
    return _problem(HTTPStatus.BAD_REQUEST, "bad_request", "The request cannot be read.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours; the log has the traceback."""
    if not _is_for_a_program(request):
        return defaults.server_error(request)
    detail = "The server failed on this request. Try again; if it stays, tell the operator."
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", detail)
