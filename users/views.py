"""Behaviour and shoppers over REST: a view checks the call, makes one call, and answers."""

import logging
from dataclasses import asdict
from typing import Any, get_args
from uuid import uuid4

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import values
from catalog.answers import field_errors, verdicts_answer
from catalog.converters import ExternalIdView
from catalog.parsers import OrjsonParser
from users.audit import record, record_erasure
from users.event_data import EventStatus
from users.examples import (
    AT_LOGIN,
    ERASED,
    EVENT_VERDICTS,
    EXPORT,
    KNOWN_CUSTOMER,
    MERGED,
    ONE_EVENT,
    SEVERAL_EVENTS,
)
from users.models import ApiKey, ApiKeyKind, AuditAction, Shopper, ShopperKind
from users.privacy import erase_shopper, export_json
from users.serializers import (
    CustomerSerializer,
    ErasureReceiptSerializer,
    EventSerializer,
    EventsSerializer,
    EventVerdictsSerializer,
    ExportSerializer,
    MergeRequestSerializer,
    MergeSerializer,
)
from users.services import VisitorAlreadyMerged, merge_visitor, receive_events

logger = logging.getLogger(__name__)
IDEMPOTENCY_KEY = "Idempotency-Key"
MAX_EVENTS = 1000
MAX_EVENTS_BYTES = 8 * 1024 * 1024
MAX_PUBLIC_EVENTS_BYTES = 1024 * 1024
USER_ID = OpenApiParameter(
    "shopper_id", str, OpenApiParameter.PATH, description="The shop's own id, percent-encoded."
)


class EventsView(APIView):
    """What shoppers do."""

    required_scopes = ("ingest", "events")
    parser_classes = (OrjsonParser,)

    @property
    def max_body_bytes(self) -> int:
        """Let whoever reads a page of the shop send less than its servers."""
        return MAX_PUBLIC_EVENTS_BYTES if self._is_public else MAX_EVENTS_BYTES

    @property
    def _is_public(self) -> bool:
        key = self.request.auth
        return not (isinstance(key, ApiKey) and key.kind == ApiKeyKind.SECRET)

    @extend_schema(
        operation_id="send_events",
        tags=["Events"],
        parameters=[
            OpenApiParameter(
                IDEMPOTENCY_KEY,
                str,
                OpenApiParameter.HEADER,
                description="Yours for this call, 128 characters at most. Events without an "
                "`event_id` then get one from it and their place in the call: a repeated call "
                "changes nothing.",
            )
        ],
        request=PolymorphicProxySerializer(
            component_name="EventOrEvents",
            serializers=[EventsSerializer, EventSerializer],
            resource_type_field_name=None,
        ),
        examples=[SEVERAL_EVENTS, ONE_EVENT, EVENT_VERDICTS],
        responses=EventVerdictsSerializer,
    )
    def post(self, request: Request) -> Response:
        """Record 1 to 1,000 events, each on its own; sending them again changes nothing.

        A body is `{"events": [...]}` or one event. The answer is 200 also when events are
        rejected: read `rejected`, and each `reason`. "quarantined" events are kept and join
        their product when it arrives. An `event_id` from a publishable key counts among that
        shopper's events from such keys; one that names another event is rejected.
        """
        kept = receive_events(
            _events(request.data),
            received_at=timezone.now(),
            is_public=self._is_public,
            idempotency_key=_idempotency_key(request),
        )
        return Response(verdicts_answer(kept, get_args(EventStatus)))


def _idempotency_key(request: Request) -> str:
    fields = values.Fields({IDEMPOTENCY_KEY: request.headers.get(IDEMPOTENCY_KEY)})
    with field_errors():
        key = fields.read(IDEMPOTENCY_KEY, values.identifier, "")
        fields.finish()
    return key


def _events(body: Any) -> list[Any]:
    if body == {}:
        message = 'The body is empty: send one event, or {"events": [...]}.'
        raise exceptions.ValidationError({"": message})
    events = body
    if isinstance(body, dict):
        events = body.get("events", [body])
        if "events" in body:
            _refuse_beside_events(body)
    if not isinstance(events, list) or not events:
        raise exceptions.ValidationError({"events": "Send an array with at least one event."})
    if len(events) > MAX_EVENTS:
        message = f"Send at most {MAX_EVENTS:,} events a call, not {len(events):,}."
        raise exceptions.ValidationError({"events": message})
    return events


def _refuse_beside_events(body: dict[str, Any]) -> None:
    with field_errors():
        fields = values.Fields(body)
        fields.refuse_unknown(["events"])
        fields.finish()


class ShopperView(ExternalIdView):
    """A shopper, of the kind that the address names."""

    required_scopes = ("ingest",)
    parser_classes = (OrjsonParser,)
    kind: ShopperKind

    def delete(self, request: Request, shopper_id: str) -> Response:
        """Erase a shopper: the history, the answers, and the visitors merged into them.

        The receipt says what was deleted and names no one; `model_versions` learned from the
        events while they were there, and end when you train anew. A second call answers 404.
        """
        shopper = get_object_or_404(Shopper, kind=self.kind, external_id=shopper_id)
        shopper_pk = shopper.pk
        receipt = erase_shopper(shopper, receipt_id=uuid4(), erased_at=timezone.now())
        logger.info("shopper.erased", extra=asdict(receipt))
        words = f"Erased, with {receipt.num_events} events. Receipt {receipt.receipt_id}."
        record_erasure(shopper_pk, words, request=request)
        return Response(asdict(receipt))


class ExportView(ExternalIdView):
    """All that is kept of a shopper, of the kind that the address names."""

    required_scopes = ("ingest",)
    kind: ShopperKind

    def get(self, request: Request, shopper_id: str) -> StreamingHttpResponse:
        """Return all that is kept of a shopper, as one JSON document.

        A long history is written out while it is read, however long it is.
        """
        shopper = get_object_or_404(Shopper, kind=self.kind, external_id=shopper_id)
        logger.info("shopper.exported", extra={"shopper": shopper.pk})
        record(AuditAction.EXPORT, [shopper], request=request)
        headers = {"Cache-Control": "no-store"}
        return StreamingHttpResponse(
            export_json(shopper), content_type="application/json", headers=headers
        )


@extend_schema(tags=["Users"], parameters=[USER_ID])
@extend_schema_view(
    get=extend_schema(
        operation_id="export_user", examples=[EXPORT], responses={200: ExportSerializer}
    )
)
class CustomerExportView(ExportView):
    """All that is kept of a customer."""

    kind = ShopperKind.CUSTOMER


@extend_schema(tags=["Users"], parameters=[USER_ID])
@extend_schema_view(
    get=extend_schema(
        operation_id="export_visitor", examples=[EXPORT], responses={200: ExportSerializer}
    )
)
class VisitorExportView(ExportView):
    """All that is kept of a visitor."""

    kind = ShopperKind.VISITOR


@extend_schema(tags=["Users"], parameters=[USER_ID])
@extend_schema_view(
    delete=extend_schema(
        operation_id="erase_user", examples=[ERASED], responses={200: ErasureReceiptSerializer}
    )
)
class CustomerView(ShopperView):
    """A customer, `user_id`."""

    kind = ShopperKind.CUSTOMER

    @extend_schema(
        operation_id="put_user",
        request=None,
        examples=[KNOWN_CUSTOMER],
        responses={200: CustomerSerializer, 201: CustomerSerializer},
    )
    def put(self, request: Request, shopper_id: str) -> Response:
        """Make a customer known; needed only for one who has done nothing yet.

        There is nothing to say about a customer: leave the body empty.
        """
        _require_same_id(request.data, shopper_id)
        shopper, is_new = Shopper.objects.get_or_create(kind=self.kind, external_id=shopper_id)
        body = {"user_id": shopper.external_id, "created_at": shopper.created_at}
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(body, status=code)


@extend_schema(tags=["Users"], parameters=[USER_ID])
@extend_schema_view(
    delete=extend_schema(
        operation_id="erase_visitor", examples=[ERASED], responses={200: ErasureReceiptSerializer}
    )
)
class VisitorView(ShopperView):
    """A visitor, `visitor_id`."""

    kind = ShopperKind.VISITOR


class AlreadyMergedError(exceptions.APIException):
    """The visitor is another customer already."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "visitor_already_merged"


class MergeView(APIView):
    """A visitor who turned out to be a customer."""

    required_scopes = ("ingest",)
    parser_classes = (OrjsonParser,)

    @extend_schema(
        operation_id="merge_visitor",
        tags=["Users"],
        request=MergeRequestSerializer,
        examples=[AT_LOGIN, MERGED],
        responses={
            200: MergeSerializer,
            409: OpenApiResponse(description="The visitor was merged into another customer."),
        },
    )
    def post(self, request: Request) -> Response:
        """Give a visitor's history, and what they do from now on, to the customer.

        Call it at the log-in. Calling it again changes nothing; a visitor who was merged
        into another customer stays there, and the answer is 409.
        """
        visitor_id, user_id = _checked_ids(request.data, "visitor_id", "user_id")
        try:
            merge = merge_visitor(visitor_id=visitor_id, user_id=user_id)
        except VisitorAlreadyMerged as error:
            raise AlreadyMergedError(str(error)) from error
        return Response(asdict(merge))


def _require_same_id(body: Any, user_id: str) -> None:
    """A body may repeat the id of its address, and has nothing else to say."""
    with field_errors():
        fields = values.Fields(values.require_object(body))
        fields.refuse_unknown(["user_id"])
        if fields.values.get("user_id", user_id) != user_id:
            fields.errors["user_id"] = "Differs from the id in the address."
        fields.finish()


def _checked_ids(body: Any, *names: str) -> list[str]:
    """Return the ids a body must have, and nothing else."""
    with field_errors():
        fields = values.Fields(values.require_object(body))
        fields.refuse_unknown(names)
        for name in names:
            fields.require(name, "send the shop's own id.")
        ids = [fields.read(name, values.identifier, "") for name in names]
        fields.finish()
    return ids
