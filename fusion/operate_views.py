"""Training and versions over REST: a view checks the call, makes one call, and answers."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.parsers import OrjsonParser
from fusion import services
from fusion.audit import active_change
from fusion.config import TrainingConfig
from fusion.models import ModelVersion, TrainingRun
from fusion.operate_examples import (
    A_RUN,
    A_VERSION,
    OVERRIDE,
    RUN_AS_KNOWN,
    RUN_ASKED_FOR,
    TRAIN,
    VERSION_AS_KNOWN,
)
from fusion.operate_serializers import (
    ModelVersionDetailSerializer,
    ModelVersionSerializer,
    PromotionSerializer,
    TrainingRequestSerializer,
    TrainingRunDetailSerializer,
    TrainingRunSerializer,
)
from users.audit import record
from users.models import AuditAction

RUN_ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="The run's number.")
VERSION_ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="The version's number.")
CONFLICT = OpenApiResponse(description="Problem: not now; `detail` says why.")


class Conflict(exceptions.APIException):
    """What was asked for cannot be done in the present state."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, error: Exception, code: str) -> None:
        super().__init__(str(error), code)


class TrainingRunsView(generics.ListAPIView[TrainingRun]):
    """All training runs."""

    required_scopes = ("operate",)
    parser_classes = (OrjsonParser,)
    queryset = TrainingRun.objects.select_related("version").defer("version__report")
    serializer_class = TrainingRunSerializer
    filterset_fields = ("status",)

    @extend_schema(operation_id="list_training_runs", tags=["Operate"], examples=[A_RUN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List runs, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_training_run",
        tags=["Operate"],
        examples=[TRAIN, RUN_ASKED_FOR],
        request=TrainingRequestSerializer,
        responses={202: TrainingRunDetailSerializer, 409: CONFLICT},
    )
    def post(self, request: Request) -> Response:
        """Ask for a training; `Location` is where its progress shows.

        One run at a time: while another waits or works the answer is 409.
        """
        asked = TrainingRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            run = services.request_training(
                promotion=asked.validated_data["promotion"],
                config=TrainingConfig.preset(asked.validated_data["preset"]),
            )
        except services.TrainingAlreadyRunning as error:
            raise Conflict(error, "training_already_running") from error
        asked_words = f"{asked.validated_data['preset']}, {run.get_promotion_display()}"
        record(AuditAction.TRAIN, [run], request=request, note=asked_words)
        address = request.build_absolute_uri(reverse("training-run", args=[run.pk]))
        return Response(
            TrainingRunDetailSerializer(run).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": address},
        )


class TrainingRunView(generics.RetrieveAPIView[TrainingRun]):
    """One training run."""

    required_scopes = ("operate",)
    queryset = TrainingRun.objects.select_related("version").defer("version__report")
    serializer_class = TrainingRunDetailSerializer

    @extend_schema(
        operation_id="get_training_run",
        tags=["Operate"],
        parameters=[RUN_ID],
        examples=[RUN_AS_KNOWN],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say how far a run is, with its curves and the end of its log."""
        return super().get(request, *args, **kwargs)


class CancelTrainingRunView(APIView):
    """The end of a run before its time."""

    required_scopes = ("operate",)

    @extend_schema(
        operation_id="cancel_training_run",
        tags=["Operate"],
        parameters=[RUN_ID],
        examples=[RUN_AS_KNOWN],
        request=None,
        responses={200: TrainingRunDetailSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Cancel a run: a waiting one at once, a working one within seconds."""
        get_object_or_404(TrainingRun, pk=pk)
        try:
            run = services.cancel_training(pk, cancelled_at=timezone.now())
        except services.TrainingFinished as error:
            raise Conflict(error, "training_finished") from error
        record(AuditAction.CANCEL, [run], request=request)
        return Response(TrainingRunDetailSerializer(run).data)


class ModelVersionsView(generics.ListAPIView[ModelVersion]):
    """All model versions."""

    required_scopes = ("operate",)
    queryset = ModelVersion.objects.all()
    serializer_class = ModelVersionSerializer
    filterset_fields = ("status",)

    @extend_schema(operation_id="list_model_versions", tags=["Operate"], examples=[A_VERSION])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List versions, newest first, with their metrics."""
        return super().get(request, *args, **kwargs)


class ModelVersionView(generics.RetrieveAPIView[ModelVersion]):
    """One model version."""

    required_scopes = ("operate",)
    queryset = ModelVersion.objects.all()
    serializer_class = ModelVersionDetailSerializer

    @extend_schema(
        operation_id="get_model_version",
        tags=["Operate"],
        parameters=[VERSION_ID],
        examples=[VERSION_AS_KNOWN],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a version with its whole report."""
        return super().get(request, *args, **kwargs)


class PromoteModelVersionView(APIView):
    """The change to another version."""

    required_scopes = ("operate",)
    parser_classes = (OrjsonParser,)

    @extend_schema(
        operation_id="promote_model_version",
        tags=["Operate"],
        parameters=[VERSION_ID],
        examples=[OVERRIDE, VERSION_AS_KNOWN],
        request=PromotionSerializer,
        responses={200: ModelVersionDetailSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Make a version the active one; running workers switch within a second.

        409 when the gate or the state of its files speaks against it; the active version
        goes on then.
        """
        get_object_or_404(ModelVersion, pk=pk)
        asked = PromotionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        before, reason = services.active_version(), asked.validated_data["reason"]
        try:
            version = services.promote_version(
                version_id=pk,
                promoted_at=timezone.now(),
                override_reason=reason,
            )
        except services.PromotionRefused as error:
            raise Conflict(error, "promotion_refused") from error
        if version != before:
            changes = active_change(before, version)
            record(AuditAction.PROMOTE, [version], request=request, changes=changes, note=reason)
        return Response(ModelVersionDetailSerializer(version).data)


class RollBackModelVersionView(APIView):
    """The way back."""

    required_scopes = ("operate",)

    @extend_schema(
        operation_id="roll_back_model_version",
        tags=["Operate"],
        parameters=[VERSION_ID],
        examples=[VERSION_AS_KNOWN],
        request=None,
        responses={200: ModelVersionDetailSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Leave this version, which must be active, for the one promoted before it."""
        left = get_object_or_404(ModelVersion, pk=pk)
        try:
            version = services.roll_back(version_id=pk)
        except services.PromotionRefused as error:
            raise Conflict(error, "rollback_refused") from error
        changes = active_change(left, version)
        record(AuditAction.ROLL_BACK, [version], request=request, changes=changes)
        return Response(ModelVersionDetailSerializer(version).data)
