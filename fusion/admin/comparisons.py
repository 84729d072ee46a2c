"""Comparisons of two versions in the admin: ask, watch, read."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.theme import Tone, button, column
from fusion.admin.comparison_view import ComparisonView
from fusion.comparison.asking import request_comparison
from fusion.models import ModelVersion, VersionComparison
from users.models import AuditAction

Status = VersionComparison.Status
STATUS_TONES: dict[str, Tone] = {
    Status.PENDING.label: "info",
    Status.RUNNING.label: "primary",
    Status.SUCCEEDED.label: "success",
    Status.FAILED.label: "danger",
}
PANEL = "admin/fusion/versioncomparison/live.html"


if TYPE_CHECKING:
    VersionField = forms.ModelChoiceField[ModelVersion]
else:
    VersionField = forms.ModelChoiceField


class VersionChoice(VersionField):
    """A version, named so that one can tell it from the others."""

    def label_from_instance(self, version: ModelVersion) -> str:
        """Name number, status and cutoff."""
        when = date_format(version.cutoff, "j M Y H:i")
        return f"Version {version.pk}, {version.get_status_display().lower()}, up to {when}"


class CompareForm(forms.Form):
    """Which two."""

    first = VersionChoice(
        ModelVersion.objects.none(),
        label="Before",
        widget=UnfoldAdminSelectWidget,
        help_text="What shoppers get now, most often.",
    )
    second = VersionChoice(
        ModelVersion.objects.none(), label="After", widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields
        for name in ("first", "second"):
            known[name].queryset = ModelVersion.objects.defer("report").order_by("-pk")

    def clean(self) -> dict[str, Any]:
        """Refuse a version beside itself."""
        cleaned = super().clean() or {}
        if cleaned.get("first") and cleaned.get("first") == cleaned.get("second"):
            raise forms.ValidationError("Choose two different versions.")
        return cleaned


@admin.register(VersionComparison)
class VersionComparisonAdmin(ReadOnlyAdmin[VersionComparison]):
    """Asked for by a person, carried out by a worker, kept."""

    when_empty = (
        "Two versions are ranked for the same shoppers, and you see which lists change. "
        "Choose them with Compare."
    )
    list_display = ("pair", "shown_status", "in_common", "requested_by", "created_at")
    list_display_links = ("pair",)
    list_filter = ("status",)
    ordering = ("-id",)
    sortable_by = ()
    actions_list = ("compare",)
    actions_detail = ("again",)
    change_form_outer_before_template = PANEL
    fields = (("created_at", "requested_by"), ("started_at", "finished_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[VersionComparison]:
        """Comparisons with who asked and both versions, without the versions' reports."""
        rows = super().get_queryset(request).select_related("requested_by", "first", "second")
        return rows.defer("first__report", "second__report")

    def get_urls(self) -> list[URLPattern]:
        """Add the panel that the page of an unfinished one asks for again and again."""
        live = self.admin_site.admin_view(self.live_view)
        name = "fusion_versioncomparison_live"
        return [path("<int:comparison_id>/live/", live, name=name), *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may read versions may compare them."""
        return request.user.has_perm("fusion.view_modelversion")

    def has_compare_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may ask."""
        return self.has_view_permission(request)

    def page_context(self, request: HttpRequest, row: VersionComparison | None) -> dict[str, Any]:
        """What stands above the facts: progress, then the result."""
        return {} if row is None else _panel(row)

    def live_view(self, request: HttpRequest, comparison_id: int) -> HttpResponse:
        """Answer with the panel alone."""
        row = self.get_queryset(request).filter(pk=comparison_id).first()
        if row is None or not self.has_view_permission(request):
            raise Http404
        return render(request, PANEL, _panel(row))

    @button(
        "Compare two",
        permissions=["compare"],
        icon="compare_arrows",
        path="compare",
        tone="primary",
    )
    def compare(self, request: HttpRequest) -> HttpResponse:
        """Ask which two, then have a worker compare them."""
        form = CompareForm(request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            return self._ask(request, form.cleaned_data["first"], form.cleaned_data["second"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Compare two versions",
            "form": form,
            "is_possible": ModelVersion.objects.values("pk")[:2].count() == 2,
        }
        return TemplateResponse(request, "admin/fusion/versioncomparison/compare.html", context)

    @button("Compare again", permissions=["compare"], icon="refresh", path="again")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the question, with these two chosen."""
        row = object_id.isdecimal() and VersionComparison.objects.filter(pk=object_id).first()
        if not row:
            raise Http404
        here = redirect("admin:fusion_versioncomparison_compare")
        here["Location"] += f"?first={row.first_id}&second={row.second_id}"
        return here

    def _ask(self, request: HttpRequest, first: ModelVersion, second: ModelVersion) -> HttpResponse:
        user: Any = request.user
        row = request_comparison(first, second, requested_by=user, now=timezone.now())
        self.tell(request, AuditAction.RUN, [row], note="Asked for a comparison.")
        return redirect("admin:fusion_versioncomparison_change", row.pk)

    @column("Versions")
    def pair(self, row: VersionComparison) -> str:
        """Which two."""
        return f"{row.first_id} → {row.second_id}"

    @column("Status", labels=STATUS_TONES)
    def shown_status(self, row: VersionComparison) -> str:
        """Its status in words."""
        return row.get_status_display()

    @column("In common")
    def in_common(self, row: VersionComparison) -> str:
        """Mean share of the first ten that both show."""
        lists = row.result.get("lists")
        return f"{100 * lists['in_common']['mean']:.0f} %" if lists else ""


def _panel(row: VersionComparison) -> dict[str, Any]:
    is_unfinished = row.status in (Status.PENDING, Status.RUNNING)
    done = row.status == Status.SUCCEEDED
    return {
        "comparison": row,
        "is_unfinished": is_unfinished,
        "percent": round(100 * row.progress),
        "advice": _advice(row) if is_unfinished else "",
        "view": ComparisonView(row) if done and "lists" in row.result else None,
    }


def _advice(row: VersionComparison) -> str:
    if VersionComparison.objects.abandoned(now=timezone.now()).filter(pk=row.pk).exists():
        return (
            "No worker goes on with this. Check that one listens to the queue “content”: "
            "celery -A recsys worker -Q content,default. Then compare again."
        )
    return ""
