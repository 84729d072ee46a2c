"""Examples for the API's description."""

from drf_spectacular.utils import OpenApiExample

PURCHASE = {
    "event_id": "order-1017-line-1",
    "user_id": "c-0815",
    "product_id": "0042",
    "kind": "purchase",
    "occurred_at": "2026-06-01T12:00:00Z",
    "quantity": 1,
    "price": 59.9,
}
VIEW = {"visitor_id": "8f0c", "product_id": "0042", "kind": "view"}
KEPT_ONE = {
    "results": [
        {"index": 0, "event_id": "6fa459ea-ee8a-5ca4-894e-db77e160355e", "status": "accepted"},
        {"index": 1, "status": "rejected", "reason": "kind: Missing: send one of…"},
    ],
    "accepted": 1,
    "duplicate": 0,
    "quarantined": 0,
    "rejected": 1,
}
MERGE = {"visitor_id": "8f0c", "user_id": "c-0815"}
RECEIPT = {
    "receipt_id": "0b9f2c1e-93d5-4a33-8d5f-2a4b8f5f0f3e",
    "erased_at": "2026-06-01T12:00:00Z",
    "num_events": 12,
    "num_served_lists": 7,
    "num_visitors": 1,
    "num_rows": 22,
    "model_versions": [6, 7],
}
CUSTOMER = {"user_id": "c-0815", "created_at": "2026-06-01T12:00:00Z"}

SEVERAL_EVENTS = OpenApiExample("Several", value={"events": [PURCHASE, VIEW]}, request_only=True)
ONE_EVENT = OpenApiExample("One", value=VIEW, request_only=True)
EVENT_VERDICTS = OpenApiExample("Verdicts", value=KEPT_ONE, response_only=True)
KNOWN_CUSTOMER = OpenApiExample("A customer", value=CUSTOMER, response_only=True)
AT_LOGIN = OpenApiExample("At the log-in", value=MERGE, request_only=True)
MERGED = OpenApiExample("Merged", value={**MERGE, "num_events_moved": 5}, response_only=True)
EXPORT = OpenApiExample(
    "A visitor who became a customer",
    value={
        "shoppers": [
            {
                "kind": "customer",
                "id": "c-0815",
                "created_at": "2026-06-01T12:00:00Z",
                "merged_into": None,
            }
        ],
        "events": [
            {
                "product_id": "0042",
                "event_id": "6fa459ea-ee8a-5ca4-894e-db77e160355e",
                "kind": "purchase",
                "value": None,
                "quantity": 1,
                "price": "59.900000",
                "recommendation_id": None,
                "occurred_at": "2026-06-01T12:00:00Z",
                "received_at": "2026-06-01T12:00:01Z",
            }
        ],
        "served_lists": [],
    },
    response_only=True,
)
ERASED = OpenApiExample("Receipt", value=RECEIPT, response_only=True)
