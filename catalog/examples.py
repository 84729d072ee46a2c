"""Examples for the API's description."""

from drf_spectacular.utils import OpenApiExample

LAMP_FIELDS = {
    "title": "Brass table lamp",
    "description": "A small lamp with a linen shade.",
    "category": "Home > Lamps",
    "brand": "Nordlys",
    "price": 59.9,
    "currency": "EUR",
    "url": "https://shop.example/lamps/0042",
    "attributes": {"colour": "brass", "material": "linen"},
}
PICTURE = {
    "position": 0,
    "url": "https://shop.example/media/products/0042/0.jpg",
    "width": 800,
    "height": 1000,
    "problem": "",
}
KNOWN_LAMP = {
    "product_id": "0042",
    **LAMP_FIELDS,
    "is_available": True,
    "images": [PICTURE],
    "created_at": "2026-06-01T12:00:00Z",
    "updated_at": "2026-06-01T12:00:00Z",
}
VERDICTS = {
    "results": [
        {"index": 0, "product_id": "0042", "status": "created"},
        {"index": 1, "product_id": "0043", "status": "rejected", "reason": "price: Send a number."},
    ],
    "created": 1,
    "updated": 0,
    "unchanged": 0,
    "rejected": 1,
}

LAMP = OpenApiExample("A lamp", value=LAMP_FIELDS, request_only=True)
SOLD_OUT = OpenApiExample("Sold out", value={"is_available": False}, request_only=True)
LAMP_AS_KNOWN = OpenApiExample("A lamp", value=KNOWN_LAMP, response_only=True)
TWO_ROWS = OpenApiExample(
    "Two rows",
    value=[{"product_id": "0042", **LAMP_FIELDS}, {"product_id": "0043", "price": "cheap"}],
    media_type="application/json",
    request_only=True,
)
TWO_LINES = OpenApiExample(
    "Two lines",
    value='{"product_id": "0042", "price": 49}\n{"product_id": "0043", "is_available": false}\n',
    media_type="application/x-ndjson",
    request_only=True,
)
TWO_VERDICTS = OpenApiExample("A row kept, a row refused", value=VERDICTS, response_only=True)
PICTURE_KEPT = OpenApiExample("Kept", value={"status": "created", **PICTURE}, response_only=True)
