"""The query string of lists that are the same for everybody, or one shopper's own."""

from dataclasses import dataclass

from django.http import QueryDict

from fusion import request_values
from fusion.serving.popular import Window


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """A checked request.

    Attributes:
        window: only where the endpoint takes one.
        category: path; None means any.
    """

    limit: int
    with_products: bool
    window: Window = Window.DAY
    category: str | None = None


def parse_listing_query(query: QueryDict, *, also: tuple[str, ...] = ()) -> ListingRequest:
    """Check a query string.

    Args:
        also: names that this endpoint takes beside `limit` and `fields`.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    fields = request_values.query_fields(query)
    fields.refuse_unknown(("limit", "fields", *also))
    request = ListingRequest(
        limit=fields.read("limit", request_values.limit, request_values.DEFAULT_LIMIT),
        with_products=fields.read("fields", request_values.extra_fields, False),
        window=fields.read("window", request_values.one_of(Window), Window.DAY),
        category=fields.read("category", request_values.category, None),
    )
    fields.finish()
    return request
