"""What the API's description says of every call: errors, limits, and a line that sums it up."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from catalog.values import MAX_ID_LENGTH
from recsys.problem_codes import KINDS
from recsys.problems import MEDIA_TYPE, problem

# These answer also for an id that nothing is known by.
NEVER_NOT_FOUND = frozenset(
    {
        "put_product",
        "put_user",
        "get_similar_products",
        "get_bought_together",
        "get_recently_viewed_by_user",
        "get_recently_viewed_by_visitor",
        "get_next_recommendations",
    }
)
IDS = frozenset({"product_id", "shopper_id", "user_id", "visitor_id", "event_id"})
PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f]*$"
TEXT = {"type": "string"}
FIELD_AT_FAULT = {
    "type": "object",
    "description": "What is wrong with one field.",
    "properties": {
        "field": TEXT | {"description": 'As it was sent; "" is the body as a whole.'},
        "code": TEXT | {"description": "`missing`, `unknown_field` or `invalid`."},
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
        "detail": TEXT | {"description": "For people: what is wrong."},
        "hint": TEXT | {"description": "For people: what to do about it."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldAtFault"}},
    },
    "required": ["type", "title", "status", "code", "detail", "hint"],
}
# In examples, where a status has several codes; a call's own ones are named by its views.
CODES = {
    HTTPStatus.BAD_REQUEST: ("invalid", "parse_error"),
    HTTPStatus.UNAUTHORIZED: ("not_authenticated", "key_unknown", "key_expired", "key_revoked"),
    HTTPStatus.FORBIDDEN: ("scope_missing",),
    HTTPStatus.NOT_FOUND: ("not_found",),
    HTTPStatus.GONE: ("cursor_expired",),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("body_too_large",),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("unsupported_media_type",),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("bad_picture",),
    HTTPStatus.TOO_MANY_REQUESTS: ("rate_limited",),
}
CONFLICTS = {
    "merge_visitor": "visitor_already_merged",
    "create_training_run": "training_already_running",
    "cancel_training_run": "training_finished",
    "promote_model_version": "promotion_refused",
    "roll_back_model_version": "rollback_refused",
}
AT_FAULT = {"field": "limit", "code": "invalid", "message": "Send a whole number from 1 to 100."}
COUNT = {"schema": {"type": "integer"}}
LIMIT_HEADERS = {
    "RateLimit-Limit": COUNT | {"description": "Calls the key may make in a minute."},
    "RateLimit-Remaining": COUNT | {"description": "Calls that are left of them."},
    "RateLimit-Reset": COUNT | {"description": "Seconds until the next minute begins."},
}
RETRY_AFTER = {"Retry-After": COUNT | {"description": "Seconds to wait."}}


def describe_problems(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Add to every operation the problems it can answer with; a hook of drf-spectacular."""
    for path in result["paths"].values():
        for operation in path.values():
            _describe(operation)
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request") and schema.get("type") == "object":
            _describe_body(schema)
    schemas = result["components"]["schemas"] | {"Problem": PROBLEM, "FieldAtFault": FIELD_AT_FAULT}
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result


def _describe_body(schema: dict[str, Any]) -> None:
    """Say of a body that a field we do not know is refused, and what an id may hold."""
    schema.setdefault("additionalProperties", False)
    for name, field in schema.get("properties", {}).items():
        if name in IDS:
            field["pattern"] = PRINTABLE


def _describe(operation: dict[str, Any]) -> None:
    operation.setdefault("summary", operation.get("description", "").split(".")[0].split("\n")[0])
    for parameter in operation.get("parameters", []):
        if parameter["name"] in IDS:
            parameter["schema"] |= {
                "pattern": PRINTABLE,
                "minLength": 1,
                "maxLength": MAX_ID_LENGTH,
            }
    responses = operation["responses"]
    for status in _possible(operation):
        responses.setdefault(str(status.value), {})
    for status, response in responses.items():
        if status >= "400":
            _describe_problem(response, HTTPStatus(int(status)), operation["operationId"])
        if status != "401":
            response["headers"] = response.get("headers", {}) | LIMIT_HEADERS
        if status == "429":
            response["headers"] |= RETRY_AFTER
    operation["responses"] = dict(sorted(responses.items()))


def _describe_problem(response: dict[str, Any], status: HTTPStatus, operation: str) -> None:
    codes = CODES.get(status, ())
    if operation in CONFLICTS and status == HTTPStatus.CONFLICT:
        codes = (CONFLICTS[operation],)
    if operation == "send_events" and status == HTTPStatus.FORBIDDEN:
        codes = (*codes, "origin_not_allowed")
    if not response.get("description"):
        response["description"] = " ".join(KINDS[code].meaning for code in codes)
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if codes:
        content["examples"] = {code: {"value": _example(code, status)} for code in codes}
    response["content"] = {MEDIA_TYPE: content}


def _example(code: str, status: HTTPStatus) -> dict[str, Any]:
    more = {"errors": [AT_FAULT]} if code == "invalid" else {}
    return problem(code, KINDS[code].meaning, status=status.value, **more)


def _possible(operation: dict[str, Any]) -> Iterator[HTTPStatus]:
    """Give the statuses that follow from how a call is made; views name their own ones."""
    yield HTTPStatus.UNAUTHORIZED
    yield HTTPStatus.FORBIDDEN
    yield HTTPStatus.TOO_MANY_REQUESTS
    parameters = operation.get("parameters", [])
    in_address = [each for each in parameters if each["in"] == "path"]
    names_nothing = operation["operationId"] in NEVER_NOT_FOUND
    is_paged = any(each["name"] == "cursor" for each in parameters)
    if is_paged or (in_address and not names_nothing):
        yield HTTPStatus.NOT_FOUND
    if "requestBody" in operation:
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if "requestBody" in operation or any(_can_be_wrong(each) for each in parameters):
        yield HTTPStatus.BAD_REQUEST


def _can_be_wrong(parameter: dict[str, Any]) -> bool:
    """A number in an address that is none leads nowhere; a text can be no id."""
    return bool(parameter["in"] == "query" or parameter["schema"].get("type") == "string")
