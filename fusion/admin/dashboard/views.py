"""The page, the parts of it that renew themselves, and its figures as a file."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from fusion.admin.dashboard.export import dashboard_csv
from fusion.admin.dashboard.freshness import freshness
from fusion.admin.dashboard.period import PERIODS, Window, chosen_period
from fusion.admin.dashboard.reading import read_dashboard
from fusion.admin.dashboard.tiles import figure_tiles
from fusion.admin.figures import quality
from fusion.admin.machinery import heartbeat_words, queue_depths, serve_workers, worker_queues
from fusion.models import TrainingRun

READS = "fusion.view_modelversion"


def add_figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the page shows at once; `health` is fetched by the page afterwards."""
    if not request.user.has_perm(READS):
        return context
    return (
        context
        | _figures(request)
        | {
            "title": "Dashboard",
            "may_read": True,
            "may_train": request.user.has_perm("fusion.train_model"),
        }
    )


@permission_required(READS, raise_exception=True)
def figures(request: HttpRequest) -> HttpResponse:
    """Answer with the figures as they are now: the page renews itself."""
    return render(request, "admin/fusion/dashboard/figures.html", _figures(request))


@permission_required(READS, raise_exception=True)
def health(request: HttpRequest) -> HttpResponse:
    """Answer with what takes a moment to ask: queues and workers."""
    context = {
        "queues": queue_depths(),
        "workers": worker_queues(),
        "serving": heartbeat_words(),
        "serve_workers": serve_workers(),
    }
    return render(request, "admin/fusion/dashboard/health.html", context)


@permission_required(READS, raise_exception=True)
def download(request: HttpRequest) -> HttpResponse:
    """Answer with every figure of the period, its interval and its definition, as CSV."""
    window = _window(request)
    name = f'attachment; filename="dashboard-{window.period.name}-{window.now:%Y-%m-%d}.csv"'
    body = dashboard_csv(window, read_dashboard(window))
    return HttpResponse(
        body, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


def _figures(request: HttpRequest) -> dict[str, Any]:
    window = _window(request)
    read = read_dashboard(window)
    return {
        "window": window,
        "periods": PERIODS.values(),
        "tiles": figure_tiles(window, read),
        "read": read,
        "quality": quality(),
        "last_run": TrainingRun.objects.defer("log", "curves").order_by("-pk").first(),
        "moments": freshness(now=window.now),
        "attribution_days": settings.FUSION_ATTRIBUTION_DAYS,
    }


def _window(request: HttpRequest) -> Window:
    return Window(chosen_period(request.GET.get("period")), timezone.now())
