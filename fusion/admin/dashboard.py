"""The first page: is everything there, is it fresh, is it any good."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.timesince import timesince

from fusion.admin.figures import answer_shares, coverage, quality, sizes
from fusion.admin.machinery import heartbeat_words, queue_depths, worker_queues
from fusion.models import TrainingRun
from users.models import Event


def add_figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the page shows at once; `health` is fetched by the page afterwards."""
    if not may_read(request):
        return context
    newest = Event.objects.order_by("-pk").only("received_at").first()
    last_run = TrainingRun.objects.defer("log", "curves").order_by("-pk").first()
    return context | {
        "title": "Dashboard",
        "may_read": True,
        "quality": quality(),
        "sizes": sizes(),
        "last_event": _ago(newest.received_at if newest else None),
        "last_run": last_run,
        "answers": answer_shares(),
        "may_train": request.user.has_perm("fusion.train_model"),
    }


def may_read(request: HttpRequest) -> bool:
    """Whether this person may see figures of the model."""
    return request.user.has_perm("fusion.view_modelversion")


@permission_required("fusion.view_modelversion", raise_exception=True)
def health(request: HttpRequest) -> HttpResponse:
    """Answer with what takes a moment to ask: coverage, queues and workers."""
    context = {
        "coverage": coverage(),
        "queues": queue_depths(),
        "workers": worker_queues(),
        "serving": heartbeat_words(),
    }
    return render(request, "admin/fusion/dashboard/health.html", context)


def _ago(moment: datetime | None) -> str:
    if moment is None:
        return "never"
    return f"{timesince(moment, timezone.now(), depth=1)} ago"
