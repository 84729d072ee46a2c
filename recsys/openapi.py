"""How the API's description tells of errors: one shape, and where which can come."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"
# These answer also for an id that nothing is known by.
NEVER_NOT_FOUND = frozenset({"put_product", "put_user", "get_similar_products"})
MEANING = {
    HTTPStatus.BAD_REQUEST: "Not valid: `errors` names each field at fault.",
    HTTPStatus.UNAUTHORIZED: "No key, or one that is unknown, expired or revoked.",
    HTTPStatus.FORBIDDEN: "The key lacks the scope; `detail` names it.",
    HTTPStatus.NOT_FOUND: "Nothing is known by this id.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "A `Content-Type` that this call does not read.",
}
TEXT = {"type": "string"}
FIELD_AT_FAULT = {
    "type": "object",
    "description": "What is wrong with one field.",
    "properties": {
        "field": TEXT | {"description": 'As it was sent; "" is the body as a whole.'},
        "code": TEXT,
        "message": TEXT | {"description": "What to send instead."},
    },
    "required": ["field", "code", "message"],
}
PROBLEM = {
    "type": "object",
    "description": "Why a call was refused (RFC 9457).",
    "properties": {
        "type": TEXT,
        "title": TEXT | {"description": "The status in words."},
        "status": {"type": "integer"},
        "code": TEXT | {"description": "For programs; it stays the same."},
        "detail": TEXT | {"description": "For people."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldAtFault"}},
    },
    "required": ["type", "title", "status", "code", "detail"],
}


def describe_problems(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Add to every operation the problems it can answer with; a hook of drf-spectacular."""
    for path in result["paths"].values():
        for operation in path.values():
            _describe(operation)
    schemas = result["components"]["schemas"] | {"Problem": PROBLEM, "FieldAtFault": FIELD_AT_FAULT}
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result


def _describe(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status in _possible(operation):
        responses.setdefault(str(status.value), {"description": MEANING[status]})
    for status, response in responses.items():
        if status >= "400":
            response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"] = dict(sorted(responses.items()))


def _possible(operation: dict[str, Any]) -> Iterator[HTTPStatus]:
    """Give the statuses that follow from how a call is made; views name their own ones."""
    yield HTTPStatus.UNAUTHORIZED
    yield HTTPStatus.FORBIDDEN
    parameters = operation.get("parameters", [])
    in_address = [each for each in parameters if each["in"] == "path"]
    names_nothing = operation["operationId"] in NEVER_NOT_FOUND
    if any(each["name"] == "cursor" for each in parameters) or (in_address and not names_nothing):
        yield HTTPStatus.NOT_FOUND
    if "requestBody" in operation:
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if "requestBody" in operation or any(_can_be_wrong(each) for each in parameters):
        yield HTTPStatus.BAD_REQUEST


def _can_be_wrong(parameter: dict[str, Any]) -> bool:
    """A number in an address that is none leads nowhere; a text can be no id."""
    return bool(parameter["in"] == "query" or parameter["schema"]["type"] == "string")
