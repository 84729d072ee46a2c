"""The further pages of an answer."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog import values
from catalog.answers import field_errors
from fusion import request_values
from fusion.api.answers import ANSWER, FIELDS, LIMIT, json_answer
from fusion.serializers import RecommendationSerializer
from fusion.serving import pages

CURSOR = OpenApiParameter(
    "cursor", str, required=True, description="As it came with the page before."
)
EXPIRED = "The rest of that answer is not kept any more."


class CursorExpired(exceptions.APIException):
    """What the cursor leads to is not kept any more."""

    status_code = status.HTTP_410_GONE
    default_code = "cursor_expired"
    default_detail = EXPIRED


class NextPageView(APIView):
    """The further pages of an answer."""

    required_scopes = ("recommend",)

    @extend_schema(
        operation_id="get_next_recommendations",
        tags=["Recommendations"],
        parameters=[CURSOR, LIMIT, FIELDS],
        examples=[OpenApiExample("Last page", value=ANSWER | {"cursor": None}, response_only=True)],
        responses={200: RecommendationSerializer, 410: OpenApiResponse(description=EXPIRED)},
    )
    def get(self, request: Request) -> HttpResponse:
        """Go on with an answer that was asked for with `paging`.

        The ranking is the one of the first page, whatever happened since; ranks go on, and
        products switched off meanwhile are left out. `cursor` leads to the page after, and is null
        at the end. A cursor works for 15 minutes; then the answer is 410.
        """
        with field_errors():
            fields = request_values.query_fields(request.query_params)
            fields.refuse_unknown(("cursor", "limit", "fields"))
            fields.require("cursor", "send the cursor of the page before.")
            cursor = fields.read("cursor", str, "")
            limit = fields.read("limit", request_values.limit, request_values.DEFAULT_LIMIT)
            with_products = fields.read("fields", request_values.extra_fields, False)
            fields.finish()
            page = _page(cursor, limit)
        return json_answer(
            request, page.answer, with_products=with_products, more={"cursor": page.cursor}
        )


def _page(cursor: str, limit: int) -> pages.Page:
    try:
        return pages.next_page(cursor, limit=limit, now=timezone.now())
    except pages.UnknownCursorError:
        message = "This cursor is unknown: send one as it came with an answer."
        raise values.InvalidRowError({"cursor": message}) from None
    except pages.CursorExpiredError:
        raise CursorExpired from None
