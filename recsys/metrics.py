"""Figures for Prometheus, of all processes together."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from prometheus_client import CollectorRegistry, generate_latest
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class PrometheusRenderer(BaseRenderer):
    """The text format of Prometheus."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the figures as they are."""
        return bytes(data)


class MetricsView(APIView):
    """What Prometheus scrapes, with an API key as its bearer token.

    The apps' collectors read figures that all processes share, so it does not matter which
    web process is asked.
    """

    required_scopes = ("operate",)
    renderer_classes = (PrometheusRenderer,)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return the figures of now."""
        registry = CollectorRegistry()
        for name in settings.METRICS_COLLECTORS:
            registry.register(import_string(name)())
        return Response(generate_latest(registry))
