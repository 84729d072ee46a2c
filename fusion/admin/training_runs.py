"""Training runs in the admin: start, watch, cancel."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django_celery_beat.models import PeriodicTask

from catalog.admin.audited import form_changes
from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.confirmation import Question, confirmation_page
from catalog.admin.theme import Tone, button, column
from fusion import services
from fusion.admin.progress import duration, run_view
from fusion.admin.retrain import RetrainForm, estimate_facts, initial_of
from fusion.admin.retrain_schedule import RetrainScheduleForm
from fusion.models import ModelVersion, TrainingRun
from fusion.retraining import BY_CLOCK, plan_retraining, retraining_plan
from fusion.retraining import NAME as SCHEDULE_NAME
from users.models import AuditAction

STATUS_TONES: dict[str, Tone] = {
    TrainingRun.Status.PENDING.label: "info",
    TrainingRun.Status.RUNNING.label: "primary",
    TrainingRun.Status.SUCCEEDED.label: "success",
    TrainingRun.Status.FAILED.label: "danger",
    TrainingRun.Status.CANCELLED.label: "warning",
}


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin[TrainingRun]):
    """Runs are started by the Retrain page and written by the worker."""

    when_empty = "Retrain starts the first one. It needs products and events."
    list_display = ("number", "shown_status", "bar", "result", "why", "began", "took")
    list_display_links = ("number",)
    list_filter = ("status",)
    list_select_related = ("requested_by", "version")
    ordering = ("-id",)
    sortable_by = ()
    actions_list = ("retrain", "schedule")
    actions_detail = ("cancel",)
    change_form_outer_before_template = "admin/fusion/trainingrun/live.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("created_at", "requested_by"),
                    ("started_at", "finished_at"),
                    ("cutoff", "promotion"),
                    "note",
                )
            },
        ),
        ("Settings of the run", {"classes": ("collapse",), "fields": ("config",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrainingRun]:
        """Runs without what only their own page shows."""
        return super().get_queryset(request).defer("log", "curves", "version__report")

    def get_urls(self) -> list[URLPattern]:
        """Add the panel that the page of a running run asks for again and again."""
        live = self.admin_site.admin_view(self.live_view)
        name = "fusion_trainingrun_live"
        return [path("<int:run_id>/live/", live, name=name), *super().get_urls()]

    def has_train_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may start and cancel."""
        return request.user.has_perm("fusion.train_model")

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may cancel, and there is something to cancel."""
        if not self.has_train_permission(request) or not str(object_id).isdecimal():
            return False
        return TrainingRun.objects.unfinished().filter(pk=object_id).exists()

    def page_context(self, request: HttpRequest, row: TrainingRun | None) -> dict[str, Any]:
        """What stands above the facts: the live panel."""
        return {} if row is None else self._panel(request, row)

    def live_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Answer with the panel alone."""
        run = TrainingRun.objects.filter(pk=run_id).first()
        if run is None or not self.has_view_permission(request, run):
            raise Http404
        return render(request, "admin/fusion/trainingrun/live.html", self._panel(request, run))

    def _panel(self, request: HttpRequest, run: TrainingRun) -> dict[str, Any]:
        view = run_view(run, now=timezone.now())
        version = ModelVersion.objects.filter(run=run).defer("report").first()
        is_repeatable = run.status in (TrainingRun.Status.FAILED, TrainingRun.Status.CANCELLED)
        may_repeat = is_repeatable and self.has_train_permission(request)
        return {"view": view, "version": version, "may_repeat": may_repeat}

    @button("Retrain", permissions=["train"], icon="model_training", path="retrain", tone="primary")
    def retrain(self, request: HttpRequest) -> HttpResponse:
        """Show what has changed and what a run would cost; start it on request."""
        estimate = services.estimate_training()
        initial = initial_of(_run_named(request.GET.get("like", "")))
        form = RetrainForm(request.POST or None, initial=initial, estimate=estimate)
        if request.method == "POST" and form.is_valid():
            return self._start(request, form)
        context = {
            "title": "Retrain",
            "form": form,
            "estimate": estimate,
            "facts": estimate_facts(estimate),
            "running": TrainingRun.objects.unfinished().defer("log", "curves").first(),
            "plan": retraining_plan(),
        }
        return self._page(request, "retrain", context)

    def _start(self, request: HttpRequest, form: RetrainForm) -> HttpResponse:
        try:
            run = form.start(request.user)
            self.tell(request, AuditAction.TRAIN, [run], note=form.words())
        except services.TrainingAlreadyRunning as error:
            messages.warning(request, "A run is in progress already; this is it.")
            run = error.run
        return redirect("admin:fusion_trainingrun_change", run.pk)

    @button("Retrain by the clock", permissions=["train"], icon="schedule", path="schedule")
    def schedule(self, request: HttpRequest) -> HttpResponse:
        """Show when trainings start by themselves; change it on request."""
        before = retraining_plan()
        form = RetrainScheduleForm.of(before, request.POST or None)
        if request.method == "POST" and form.is_valid():
            plan_retraining(form.plan())
            changes = form_changes(form, is_new=False)
            rows = PeriodicTask.objects.filter(name=SCHEDULE_NAME)
            self.tell(request, AuditAction.CHANGE, rows, changes=changes)
            messages.success(request, form.plan().words())
            return redirect("admin:fusion_trainingrun_changelist")
        context = {"title": "Retrain by the clock", "form": form, "plan": before}
        return self._page(request, "schedule", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/fusion/trainingrun/{name}.html", whole)

    @button(
        "Cancel the run", permissions=["cancel"], icon="stop_circle", path="cancel", tone="danger"
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then tell the worker to stop."""
        back = reverse("admin:fusion_trainingrun_change", args=[object_id])
        if request.method == "POST":
            try:
                run = services.cancel_training(int(object_id), cancelled_at=timezone.now())
                self.log_act(request, AuditAction.CANCEL, run, "Cancelled.")
                messages.success(request, "The run ends at the worker's next step.")
            except services.TrainingFinished as error:
                messages.warning(request, str(error))
            return redirect(back)
        question = Question(
            title=f"Cancel run {object_id}?",
            text="The worker stops at its next step. The active version goes on answering.",
            submit="Cancel the run",
            back=back,
            is_dangerous=True,
        )
        return confirmation_page(self, request, question)

    @column("Run")
    def number(self, run: TrainingRun) -> str:
        """Its number."""
        return f"Run\N{NO-BREAK SPACE}{run.pk}"

    @column("Status", labels=STATUS_TONES)
    def shown_status(self, run: TrainingRun) -> str:
        """Its status in words."""
        return run.get_status_display()

    @column("Progress")
    def bar(self, run: TrainingRun) -> SafeString:
        """How far it is, and with what."""
        percent = round(100 * run.progress)
        return format_html(
            '<span class="rs-progress rs-progress-small" title="{0} %"><i style="width:{0}%"></i>'
            "</span><small>{1}</small>",
            percent,
            run.stage,
        )

    @column("Result")
    def result(self, run: TrainingRun) -> SafeString | str:
        """The version it made, or why it made none."""
        version = getattr(run, "version", None)
        if isinstance(version, ModelVersion):
            url = reverse("admin:fusion_modelversion_change", args=[version.pk])
            return format_html('<a href="{}">version {}</a>', url, version.pk)
        return Truncator(run.error.partition("\n")[0]).chars(120)

    @column("Asked by")
    def why(self, run: TrainingRun) -> SafeString | str:
        """Who or what wanted it, and why."""
        who = run.requested_by or (
            "the clock" if run.note.startswith(BY_CLOCK) else "the API or a command"
        )
        return format_html("{}<br><small>{}</small>", who, run.note) if run.note else str(who)

    @column("Started")
    def began(self, run: TrainingRun) -> datetime | None:
        """When a worker first took it."""
        return run.started_at

    @column("Took")
    def took(self, run: TrainingRun) -> str:
        """From the first claim to the end, or to now."""
        if run.started_at is None:
            return ""
        return duration((run.finished_at or timezone.now()) - run.started_at)


def _run_named(key: str) -> TrainingRun | None:
    return TrainingRun.objects.filter(pk=key).first() if key.isdecimal() else None
