"""Schedules of periodic tasks in the admin, in its theme."""

from datetime import datetime
from typing import Any

from celery import current_app
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django_celery_beat import admin as beat
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from catalog.admin.base import BaseAdmin
from catalog.admin.theme import column
from fusion.retraining import DAYS
from users.models import AuditAction

# What the package's actions are in the audit log.
RECORDED = {
    "enable_tasks": AuditAction.SWITCH_ON,
    "disable_tasks": AuditAction.SWITCH_OFF,
    "toggle_tasks": AuditAction.CHANGE,
    "run_tasks": AuditAction.RUN,
}
LARGER_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60))


def schedule_words(row: PeriodicTask) -> str:
    """Say when a task is started: "every 10 seconds", "every Monday at 03:00"."""
    if row.interval is not None:
        return f"every {_span(row.interval.every, row.interval.period)}"
    crontab = row.crontab
    if crontab is None:
        return str(row.solar or row.clocked or "never")
    by_day = crontab.day_of_month == crontab.month_of_year == "*"
    by_clock = crontab.hour.isdecimal() and crontab.minute.isdecimal()
    if by_day and by_clock and crontab.day_of_week in DAYS:
        at = f"{int(crontab.hour):02d}:{int(crontab.minute):02d}"
        return f"{DAYS[crontab.day_of_week]} at {at}"
    return str(crontab)


def _span(count: int, unit: str) -> str:
    """Write a span in the largest unit that divides it: "10 minutes", "day"."""
    for larger, seconds in LARGER_UNITS:
        if unit == "seconds" and count % seconds == 0:
            count, unit = count // seconds, larger
    return unit.removesuffix("s") if count == 1 else f"{count:,} {unit}"


# The packages have no types, so their classes are Any to a type checker.
class TaskSelect(UnfoldAdminSelectWidget, beat.TaskSelectWidget):  # type: ignore[misc]
    """The list of known tasks."""


class PeriodicTaskForm(beat.PeriodicTaskForm):  # type: ignore[misc]
    """The package's form with the theme's fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


WITH_A_SCHEDULE = "They are made with the schedule that needs one."

for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(beat.PeriodicTaskAdmin, BaseAdmin[Model]):  # type: ignore[misc]
    """What beat starts, and when it did last."""

    when_empty = (
        "The scheduler writes the product's own ones when it first starts. Is beat running?"
    )
    form = PeriodicTaskForm
    list_display = ("name", "purpose", "when", "enabled", "last_run", "runs")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab", "solar", "clocked")
    date_hierarchy = None
    ordering = ("name",)

    @column("What it does")
    def purpose(self, row: PeriodicTask) -> str:
        """The first line of the task's own description."""
        current_app.loader.import_default_modules()  # a web process has met few tasks so far
        task = current_app.tasks.get(row.task)
        words = (task.__doc__ or "Housekeeping.") if task else "No such task is known here."
        return words.strip().partition("\n")[0]

    @column("Last run")
    def last_run(self, row: PeriodicTask) -> datetime | None:
        """When it was last queued."""
        moment: datetime | None = row.last_run_at
        return moment

    @column("Runs")
    def runs(self, row: PeriodicTask) -> str:
        """How often it was queued so far."""
        return f"{row.total_run_count:,}"

    @column("When")
    def when(self, row: PeriodicTask) -> str:
        """Its schedule in words."""
        return schedule_words(row)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Do what was chosen from the list, and record it."""
        action = request.POST.get("action", "")
        is_recorded = action in RECORDED and action in self.get_actions(request)
        chosen = queryset.filter(pk__in=request.POST.getlist("_selected_action"))
        rows = list(chosen) if is_recorded else []
        answer: HttpResponse | None = super().response_action(request, queryset, *args, **kwargs)
        self.tell(request, RECORDED.get(action, AuditAction.CHANGE), rows)
        return answer


@admin.register(IntervalSchedule)
class IntervalAdmin(BaseAdmin[Model]):
    """Every so many seconds, minutes, hours or days."""

    when_empty = WITH_A_SCHEDULE


@admin.register(CrontabSchedule)
class CrontabAdmin(BaseAdmin[Model]):
    """At times of the clock and the calendar."""

    when_empty = WITH_A_SCHEDULE


@admin.register(SolarSchedule)
class SolarAdmin(BaseAdmin[Model]):
    """At sunrise, noon and sunset of a place."""

    when_empty = WITH_A_SCHEDULE


@admin.register(ClockedSchedule)
class ClockedAdmin(BaseAdmin[Model]):
    """Once, at a moment."""

    when_empty = WITH_A_SCHEDULE
