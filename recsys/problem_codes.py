"""Every code a problem can have, with what it means and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, what it means, and what a client does about it."""

    status: int
    meaning: str
    hint: str


RETRY = "Send the same call again in a moment: every write is safe to repeat."
TIME = "Nothing to repair in the call: look at the present state, then decide."

KINDS: dict[str, Kind] = {
    "invalid": Kind(
        400,
        "Fields of the call are not valid; `errors` names each.",
        "Each row of `errors` says what to send instead.",
    ),
    "parse_error": Kind(
        400,
        "The body is not JSON.",
        "Send UTF-8 JSON, and let a library write it.",
    ),
    "bad_request": Kind(
        400,
        "The request cannot be read at all, or names a host that is not served here.",
        "Look at the address and the `Host` header; the operator lists hosts in `ALLOWED_HOSTS`.",
    ),
    "not_authenticated": Kind(
        401,
        "There is no key.",
        "Send `Authorization: Bearer sk_…`.",
    ),
    "authentication_failed": Kind(
        401,
        "The `Authorization` header is not `Bearer` and one key.",
        "Send `Authorization: Bearer sk_…`.",
    ),
    "key_unknown": Kind(
        401,
        "Nobody was given this key.",
        "Check that the whole key is sent; else ask the operator for a new one.",
    ),
    "key_revoked": Kind(
        401,
        "The key was switched off.",
        "Ask the operator for another key.",
    ),
    "key_expired": Kind(
        401,
        "The key has expired, or its secret was replaced and the overlap is over.",
        "Use the new secret, or ask the operator to move the expiry.",
    ),
    "scope_missing": Kind(
        403,
        "The key may not make this call; `detail` names the scopes that may.",
        "Use a key that has the scope. What a key may do never changes.",
    ),
    "origin_not_allowed": Kind(
        403,
        "A publishable key was used on a page it was not made for.",
        "List the page's origin with the key, in the admin or with `--origins`.",
    ),
    "not_found": Kind(
        404,
        "Nothing is known by this id, or there is no such address.",
        "Compare the id with what you sent; ids are percent-encoded. /api/docs/ lists all calls.",
    ),
    "answer_not_kept": Kind(
        404,
        "Nothing is kept of this answer: it is too old, or one of those that are not kept.",
        "Explain answers soon; the operator sets how many are kept, and for how long.",
    ),
    "method_not_allowed": Kind(
        405,
        "The address is right, the method is not.",
        "The `Allow` header lists the methods.",
    ),
    "not_acceptable": Kind(
        406,
        "The `Accept` header asks for something else than JSON.",
        "Send `Accept: application/json`, or none.",
    ),
    "visitor_already_merged": Kind(
        409,
        "The visitor was merged into another customer, and stays there.",
        "Give the device a new visitor id when somebody else uses it.",
    ),
    "training_already_running": Kind(409, "Another training run waits or works.", TIME),
    "training_finished": Kind(409, "The run has ended already.", TIME),
    "promotion_refused": Kind(
        409,
        "The gate or the state of its files speaks against the version.",
        "Read `detail`; a `reason` overrides the gate, and is kept.",
    ),
    "rollback_refused": Kind(409, "The version is not active, or none came before it.", TIME),
    "cursor_expired": Kind(
        410,
        "The rest of that answer is not kept any more.",
        "Ask for recommendations anew; a cursor works for 15 minutes.",
    ),
    "body_too_large": Kind(
        413,
        "The body is larger than this call reads.",
        "Send less in one call, and call more often.",
    ),
    "unsupported_media_type": Kind(
        415,
        "The `Content-Type` is not one that this call reads.",
        "Send `Content-Type: application/json`, or what /api/docs/ names for this call.",
    ),
    "bad_picture": Kind(
        422,
        "The bytes are no picture that can be used; `detail` says why.",
        "Send JPEG, PNG, WebP or GIF, whole and within the limits.",
    ),
    "rate_limited": Kind(
        429,
        "The key made more calls in this minute than it may.",
        "Wait as many seconds as `Retry-After` says.",
    ),
    "server_error": Kind(500, "The server failed on this call; its log has the reason.", RETRY),
    "unavailable": Kind(503, "The server cannot answer now.", RETRY),
}
# Words for single fields, in `errors`.
FIELD_CODES = {
    "missing": "The field is needed and was left out or empty.",
    "unknown_field": "There is no such field: a misspelt one is never passed over.",
    "invalid": "The value is not one that can be used; `message` says what can.",
}
# Where only a status is known: answers that no view of ours made.
BY_STATUS = {
    400: "bad_request",
    403: "scope_missing",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "unavailable",
}
