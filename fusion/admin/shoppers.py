"""Shoppers in the admin, with what would be recommended to them, and their rights."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from catalog.admin.confirmation import Question, TypedIdForm, confirmation_page
from catalog.admin.theme import button
from catalog.values import InvalidRowError
from fusion.admin.answers import origin_words
from fusion.admin.previews import Preview, dials, preview, preview_cards, scenario_names
from fusion.admin.why import why_page
from users.admin.shoppers import ShopperAdmin
from users.audit import ERASED, record_erasure
from users.models import AuditAction, Shopper
from users.privacy import erase_shopper, export_lines

ANSWER = "admin/fusion/shopper/recommendations.html"
CONSOLE = "admin/fusion/shopper/console.html"

admin.site.unregister(Shopper)


@admin.register(Shopper)
class ModelledShopperAdmin(ShopperAdmin):
    """Adds live recommendations, erasure and export to the shopper's page."""

    actions_detail = ("export", "erase")
    change_form_outer_before_template = "admin/fusion/shopper/live.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the live answer, which the page fetches after it is shown."""
        views = {"recommendations": self.recommendations_view, "why": self.why_view}
        own = [
            path(
                f"<int:shopper_pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"users_shopper_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def has_erase_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may erase shoppers."""
        return request.user.has_perm("users.erase_shopper")

    def has_export_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may export what is kept of shoppers."""
        return request.user.has_perm("users.export_shopper")

    def recommendations_view(self, request: HttpRequest, shopper_pk: int) -> HttpResponse:
        """Answer with what the shop would show this shopper now, under dials to turn.

        `part=answer` in the query leaves the dials out: they are turned right now.
        """
        shopper, now = self._visible(request, shopper_pk), timezone.now()
        context: dict[str, Any] = {"shopper": shopper}
        try:
            shown = preview(shopper, request.GET, now=now)
        except InvalidRowError as error:
            context["problem"] = str(error)
            return render(request, ANSWER, context)
        context |= {
            "answer": shown.answer,
            "origin": origin_words(shown.answer),
            "cards": preview_cards(shown, self._untouched(shopper, shown)),
            "is_turned": shown.is_turned,
        }
        if request.GET.get("part") == "answer":
            return render(request, ANSWER, context)
        scenario = shown.settings.name
        choices = {"scenario": scenario, "scenarios": scenario_names(now=now)}
        return render(request, CONSOLE, context | choices | {"dials": dials(scenario, now=now)})

    def why_view(self, request: HttpRequest, shopper_pk: int) -> HttpResponse:
        """Answer with why a product is or is not among what the dials give."""
        shopper = self._visible(request, shopper_pk)
        try:
            return why_page(
                request,
                lambda: preview(shopper, request.GET, now=timezone.now()).as_served_list(),
            )
        except InvalidRowError as error:
            return render(request, ANSWER, {"problem": str(error)})

    def _visible(self, request: HttpRequest, shopper_pk: int) -> Shopper:
        shopper = Shopper.objects.filter(pk=shopper_pk).first()
        if shopper is None or not self.has_view_permission(request, shopper):
            raise Http404
        return shopper

    def _untouched(self, shopper: Shopper, shown: Preview) -> Preview | None:
        """Return the answer with the scenario's own weights, where others were asked for."""
        if not shown.is_turned:
            return None
        query = QueryDict(mutable=True)
        query["scenario"] = shown.settings.name
        return preview(shopper, query, now=shown.made_at)

    @button("Export", permissions=["export"], icon="download", path="export")
    def export(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answer with all that is kept of the shopper, one JSON object a line."""
        shopper = self._shopper(object_id)
        self.log_act(request, AuditAction.EXPORT, shopper, "Exported.")
        name = f'attachment; filename="shopper-{shopper.pk}.jsonl"'
        return StreamingHttpResponse(
            export_lines(shopper),
            content_type="application/x-ndjson",
            headers={"Content-Disposition": name, "Cache-Control": "no-store"},
        )

    @button("Erase", permissions=["erase"], icon="delete_forever", path="erase", tone="danger")
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the id again, then delete the shopper and all they did."""
        shopper = self._shopper(object_id)
        form = TypedIdForm(request.POST or None, expected=shopper.external_id)
        if request.method == "POST" and form.is_valid():
            receipt = erase_shopper(shopper, receipt_id=uuid.uuid4(), erased_at=timezone.now())
            words = f"Erased, with {receipt.num_events} events. Receipt {receipt.receipt_id}."
            _log_erasure(request, object_id, words)
            messages.success(request, words)
            return redirect("admin:users_shopper_changelist")
        question = Question(
            title=f"Erase {shopper}?",
            text="The shopper, their events and every list shown to them are deleted for good. "
            "Versions trained before keep no name; the next training no longer sees them.",
            submit="Erase for good",
            back=reverse("admin:users_shopper_change", args=[shopper.pk]),
            is_dangerous=True,
        )
        return confirmation_page(self, request, question, form)

    def _shopper(self, object_id: str) -> Shopper:
        shopper = Shopper.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if shopper is None:
            raise Http404
        return shopper


def _log_erasure(request: HttpRequest, object_id: str, words: str) -> None:
    """Keep who erased and the receipt."""
    record_erasure(object_id, words, request=request)
    LogEntry.objects.create(
        user_id=request.user.pk or 0,
        content_type=ContentType.objects.get_for_model(Shopper),
        object_repr=ERASED,
        action_flag=DELETION,
        change_message=words,
    )
