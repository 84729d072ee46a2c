"""The audit log in the admin: read, searched, never changed."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateTimeFilter

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.theme import Tone, column
from users.models import AuditAction, AuditEntry

ACTION_TONES: dict[str, Tone] = {
    AuditAction.ADD.label: "success",
    AuditAction.CHANGE.label: "info",
    AuditAction.DELETE.label: "danger",
    AuditAction.SWITCH_ON.label: "success",
    AuditAction.SWITCH_OFF.label: "warning",
    AuditAction.TRAIN.label: "primary",
    AuditAction.CANCEL.label: "warning",
    AuditAction.PROMOTE.label: "primary",
    AuditAction.ROLL_BACK.label: "warning",
    AuditAction.RUN.label: "primary",
    AuditAction.NEW_SECRET.label: "info",
    AuditAction.IMPORT.label: "success",
    AuditAction.EXPORT.label: "info",
    AuditAction.ERASE.label: "danger",
}
SHOWN_CHANGES = 3  # in a row of the list


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who did what, when, with the values before and after, from where."""

    when_empty = "Whatever a person, a key or a command changes is written down here."
    list_display = ("occurred_at", "actor", "shown_action", "about", "shown_changes", "source")
    list_filter = ("action", "channel", ("occurred_at", RangeDateTimeFilter))
    search_fields = ("actor", "object_name", "object_id")
    search_help_text = "A person, a key, or the name or number of what was changed"
    ordering = ("-occurred_at", "-id")
    sortable_by = ()
    fields = (
        ("occurred_at", "action"),
        ("actor", "channel", "ip_address"),
        ("about", "object_type", "object_id"),
        "all_changes",
        "note",
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: AuditEntry | None = None
    ) -> tuple[str, ...]:
        """Name the fields that are columns of this class."""
        return ("about", "all_changes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Entries; who acted is a column of theirs."""
        return super().get_queryset(request).defer("user")

    @column("Action", labels=ACTION_TONES)
    def shown_action(self, entry: AuditEntry) -> str:
        """What was done."""
        return entry.get_action_display()

    @column("What")
    def about(self, entry: AuditEntry) -> SafeString | str:
        """The row, linked where it has a page."""
        kind = kind_of(entry)
        address = page_of(entry)
        name = entry.object_name or entry.object_id
        if address is None:
            return f"{kind} {name}"
        return format_html('{} <a href="{}">{}</a>', kind, address, name)

    @column("Before → after")
    def shown_changes(self, entry: AuditEntry) -> SafeString | str:
        """The first changes, or what was noted."""
        few = dict(list(entry.changes.items())[:SHOWN_CHANGES])
        num_more = len(entry.changes) - len(few)
        more = format_html("<li>… and {} more</li>", num_more) if num_more else ""
        return changes_list(few, more) if few else entry.note

    @column("Before → after")
    def all_changes(self, entry: AuditEntry) -> SafeString | str:
        """Every change."""
        return changes_list(entry.changes) if entry.changes else "-"

    @column("From")
    def source(self, entry: AuditEntry) -> str:
        """The admin or the API, and the address."""
        words = entry.get_channel_display()
        return f"{words}, {entry.ip_address}" if entry.ip_address else words


def kind_of(entry: AuditEntry) -> str:
    """Return what the row is, in words."""
    try:
        return str(apps.get_model(entry.object_type)._meta.verbose_name)
    except (LookupError, ValueError):  # of a package that is gone
        return entry.object_type


def page_of(entry: AuditEntry) -> str | None:
    """Return the address of the row's page in the admin, if rows of its kind have one."""
    if entry.action in (AuditAction.DELETE, AuditAction.ERASE):
        return None
    try:
        return reverse(
            f"admin:{entry.object_type.replace('.', '_')}_change", args=[entry.object_id]
        )
    except NoReverseMatch:
        return None


def changes_list(changes: dict[str, Any], more: SafeString | str = "") -> SafeString:
    """Return the changes as a list of fields with what was struck out and what came instead."""
    rows = ((name, before, after or "empty") for name, (before, after) in changes.items())
    lines = format_html_join("", "<li><b>{}</b> <del>{}</del> <ins>{}</ins></li>", rows)
    return format_html('<ul class="rs-changes">{}{}</ul>', lines, more)
