"""Error bodies (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import Http404
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
