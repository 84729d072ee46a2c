"""Model versions in the admin: judge, promote, roll back."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.confirmation import Question, confirmation_page
from catalog.admin.numbers import plural
from catalog.admin.theme import Tone, button, column
from fusion import services
from fusion.admin import anatomy
from fusion.admin import report as tables
from fusion.admin.confirmation import ReasonForm, RollBackForm
from fusion.admin.dashboard import health
from fusion.admin.version_facts import version_facts
from fusion.audit import active_change
from fusion.models import ModelVersion
from users.models import AuditAction

STATUS_TONES: dict[str, Tone] = {
    ModelVersion.Status.ACTIVE.label: "success",
    ModelVersion.Status.CANDIDATE.label: "info",
}
GATE_TONES: dict[str, Tone] = {
    "better": "success",
    "not worse": "success",
    "inconclusive": "warning",
    "worse": "danger",
}
PASSED = ("better", "not_worse")
COMPARE = "admin:fusion_versioncomparison_compare"
COMPARED = 2


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin[ModelVersion]):
    """Versions never change; only which one is active does."""

    when_empty = (
        "Every training run that succeeds makes one. Until one is active, answers are "
        "popular products."
    )
    list_display = ("number", "shown_status", "gate", "quality", "lift", "cutoff", "promoted_at")
    list_display_links = ("number",)
    list_filter = ("status", "gate_outcome")
    list_select_related = ("run",)
    ordering = ("-id",)
    sortable_by = ()
    actions = ("compare_chosen",)
    actions_list = ("compare_two", "roll_back")
    actions_detail = ("promote", "compare", "download")
    change_form_outer_before_template = "admin/fusion/modelversion/report.html"
    fields = (("run", "artifact"), ("created_at", "promoted_at"), "override_reason")

    def get_urls(self) -> list[URLPattern]:
        """Add the part of the dashboard that is fetched after the page is shown."""
        view = self.admin_site.admin_view(health)
        return [path("health/", view, name="fusion_modelversion_health"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        """Versions with the part of their reports that lists show, not with every shopper's."""
        rows = super().get_queryset(request).defer("report", "run__log", "run__curves")
        return rows.annotate(
            contestants=KeyTransform("contestants", "report"),
            against=KeyTransform("against", "report"),
        )

    def has_promote_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may choose what serves."""
        return request.user.has_perm("fusion.promote_version")

    def has_takeover_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may promote, and the version does not serve already."""
        if not self.has_promote_permission(request) or not str(object_id).isdecimal():
            return False
        return not ModelVersion.objects.filter(
            pk=object_id, status=ModelVersion.Status.ACTIVE
        ).exists()

    def page_context(self, request: HttpRequest, row: ModelVersion | None) -> dict[str, Any]:
        """What stands above the facts: the report as tables."""
        if row is None:
            return {}
        report: Mapping[str, Any] = row.report
        return {
            "version": row,
            "report": report,
            "metrics": tables.metrics_table(report),
            "differences": tables.differences_table(report),
            "slices": tables.slices_table(report),
            "weights": tables.weights_table(report),
            "ablation": anatomy.ablation_table(report),
            "heat_maps": anatomy.heat_maps(report),
            "fusions": anatomy.fusion_lines(report),
            "facts": version_facts(row),
            "measured_on": _measured_on(report),
            "other": _newer_rival(row),
            "gate_words": row.gate_outcome.replace("_", " "),
            "gate_passed": row.gate_outcome in PASSED,
        }

    @button(
        "Promote", permissions=["takeover"], icon="rocket_launch", path="promote", tone="primary"
    )
    def promote(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then make the version the active one; the service says whether it may be."""
        version = self._version(object_id)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            reason, before = form.cleaned_data["reason"], services.active_version()
            try:
                services.promote_version(
                    version_id=version.pk, promoted_at=timezone.now(), override_reason=reason
                )
            except services.PromotionRefused as error:
                form.add_error("reason", f"Not promoted: {error}")
            else:
                self.log_act(
                    request,
                    AuditAction.PROMOTE,
                    version,
                    f"Promoted. {reason}".strip(),
                    changes=active_change(before, version),
                )
                messages.success(request, f"Version {version.pk} is active now.")
                return redirect("admin:fusion_modelversion_change", version.pk)
        return confirmation_page(self, request, _promotion_question(version), form)

    @button("Roll back", permissions=["promote"], icon="undo", path="roll-back")
    def roll_back(self, request: HttpRequest) -> HttpResponse:
        """Ask, then make the version before the active one active again."""
        form = RollBackForm(request.POST or None, initial={"leave": services.active_version()})
        if request.method == "POST" and form.is_valid():
            try:
                version = services.roll_back(version_id=form.cleaned_data["leave"].pk)
                self.log_act(
                    request,
                    AuditAction.ROLL_BACK,
                    version,
                    "Rolled back to this version.",
                    changes=active_change(form.cleaned_data["leave"], version),
                )
                messages.success(request, f"Version {version.pk} is active again.")
            except services.PromotionRefused as error:
                messages.error(request, f"Not rolled back: {error}")
            return redirect("admin:fusion_modelversion_changelist")
        return confirmation_page(self, request, _rollback_question(services.active_version()), form)

    @button("Compare", permissions=["view"], icon="compare_arrows", path="compare")
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to where this version is chosen beside the active one."""
        version, active = self._version(object_id), services.active_version()
        return _to_comparison(second=version.pk, **({"first": active.pk} if active else {}))

    @button("Compare two", permissions=["view"], icon="compare_arrows", path="compare-two")
    def compare_two(self, request: HttpRequest) -> HttpResponse:
        """Go to where two versions are chosen."""
        return redirect(COMPARE)

    @admin.action(description="Compare the two chosen", permissions=["view"])
    def compare_chosen(
        self, request: HttpRequest, queryset: QuerySet[ModelVersion]
    ) -> HttpResponse | None:
        """Go to the question with the older one as what is there before."""
        chosen = sorted(queryset.values_list("pk", flat=True))
        if len(chosen) != COMPARED:
            are = "1 is" if len(chosen) == 1 else f"{len(chosen)} are"
            messages.warning(request, f"Tick two versions to compare; {are} ticked.")
            return None
        return _to_comparison(first=chosen[0], second=chosen[1])

    @button("Report as JSON", permissions=["view"], icon="download", path="report")
    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer with the whole report."""
        version = self._version(object_id)
        name = f'attachment; filename="version-{version.pk}-report.json"'
        body = json.dumps(version.report, indent=2)
        return HttpResponse(
            body, content_type="application/json", headers={"Content-Disposition": name}
        )

    def _version(self, object_id: str) -> ModelVersion:
        version = object_id.isdecimal() and ModelVersion.objects.filter(pk=object_id).first()
        if not version:
            raise Http404
        return version

    @column("Version")
    def number(self, version: ModelVersion) -> str:
        """Its number."""
        return f"Version {version.pk}"

    @column("Status", labels=STATUS_TONES)
    def shown_status(self, version: ModelVersion) -> str:
        """Its status in words."""
        return version.get_status_display()

    @column("Gate", labels=GATE_TONES)
    def gate(self, version: ModelVersion) -> str:
        """What the gate said of it."""
        return version.gate_outcome.replace("_", " ")

    @column("NDCG@10")
    def quality(self, version: ModelVersion) -> SafeString | str:
        """Its mean and interval on its own test shoppers."""
        found = tables.headline(vars(version).get("contestants"))
        if found is None:
            return "not measured"
        return format_html(
            '<strong>{}</strong> <small title="95 % interval over shoppers">{} … {}</small>',
            f"{found['mean']:.4f}",
            f"{found['low']:.4f}",
            f"{found['high']:.4f}",
        )

    @column("Above popularity")
    def lift(self, version: ModelVersion) -> SafeString | str:
        """The paired difference to popularity, on the same shoppers."""
        found = (vars(version).get("against") or {}).get("popularity")
        if found is None:
            return ""
        return format_html(
            '{} <small title="95 % interval over shoppers">{} … {}</small>',
            f"{found['mean']:+.4f}",
            f"{found['low']:+.4f}",
            f"{found['high']:+.4f}",
        )


def _to_comparison(**chosen: int) -> HttpResponse:
    return redirect(f"{reverse(COMPARE)}?{urlencode(chosen)}")


def _measured_on(report: Mapping[str, Any]) -> str:
    shoppers, products = report.get("shoppers", 0), report.get("items", 0)
    return f"{plural(shoppers, 'held-out shopper')} · {plural(products, 'product')}"


def _newer_rival(version: ModelVersion) -> ModelVersion | None:
    """Return the active version where the gate has judged a candidate by another one."""
    active = services.active_version()
    judged_by = version.report.get("verdict", {}).get("active_version")
    is_candidate = version.status == ModelVersion.Status.CANDIDATE
    return active if is_candidate and active and active.pk != judged_by else None


def _promotion_question(version: ModelVersion) -> Question:
    gate = version.gate_outcome.replace("_", " ") or "not asked"
    return Question(
        title=f"Promote version {version.pk}?",
        text=f"The gate says: {gate}. {version.gate_reason}\n\n"
        "The workers load it beside the active one and switch when it is ready.",
        submit="Promote",
        back=reverse("admin:fusion_modelversion_change", args=[version.pk]),
    )


def _rollback_question(active: ModelVersion | None) -> Question:
    before = active and services.version_before(active)
    back = reverse("admin:fusion_modelversion_changelist")
    if active is None or before is None:
        words = "No other version was active before, so there is nothing to go back to."
        return Question(title="Roll back?", text=words, submit="", back=back)
    return Question(
        title="Roll back?",
        text=f"Version {before.pk} takes over from version {active.pk} within a second or two. "
        "No request fails meanwhile.",
        submit=f"Roll back to version {before.pk}",
        back=back,
        is_dangerous=True,
    )
