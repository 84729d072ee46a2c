"""Pages that tell what people change, with the values before and after."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django import forms
from django.contrib.admin.models import LogEntry
from django.db.models import Manager, Model, QuerySet
from django.dispatch import Signal
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest

from catalog.admin.theme import ThemedAdmin

Row = TypeVar("Row", bound=Model)
Changes = Mapping[str, tuple[str, str]]
LONGEST_VALUE = 500  # letters kept of a value
HIDDEN = "(not shown)"
VALUES = "values"

# Sent with request, action, rows, changes and note; the app that keeps the record listens.
acted = Signal()


def form_changes(form: forms.BaseForm, *, is_new: bool) -> dict[str, tuple[str, str]]:
    """Return the fields a person changed, each with its value before and after."""
    changes = {}
    for name in form.changed_data:
        field = form.fields.get(name)
        if field is None:  # two fields in one, as for a new password
            changes[name.capitalize()] = (HIDDEN, HIDDEN)
            continue
        before = "" if is_new else _words(field, form.get_initial_for_field(field, name))
        after = _words(field, form.cleaned_data.get(name))
        if before != after or after == HIDDEN:
            changes[str(form[name].label)] = (before, after)
    return changes


def _words(field: forms.Field, value: Any) -> str:
    if isinstance(field.widget, forms.PasswordInput):
        return HIDDEN
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Manager | QuerySet | list | tuple):
        rows = value.all() if isinstance(value, Manager) else value
        return ", ".join(sorted(str(each) for each in rows))[:LONGEST_VALUE]
    if isinstance(field, forms.ModelChoiceField) and not isinstance(value, Model):
        value = field.queryset.filter(pk=value).first() or value  # type: ignore[union-attr]
    if isinstance(field, forms.TypedChoiceField | forms.ChoiceField):
        value = dict(field.choices).get(value, value)  # type: ignore[arg-type]
    return str(value)[:LONGEST_VALUE]


class AuditedAdmin(ThemedAdmin[Row]):
    """Tells `acted` of whatever Django's own history of a row is told."""

    def tell(
        self,
        request: HttpRequest,
        action: str,
        rows: Iterable[Model],
        *,
        changes: Changes | None = None,
        note: str = "",
    ) -> None:
        """Tell that a person did something to rows."""
        acted.send(
            sender=self.model,
            request=request,
            action=action,
            rows=list(rows),
            changes=dict(changes or {}),
            note=note,
        )

    def log_act(
        self,
        request: HttpRequest,
        action: str,
        row: Row,
        words: str,
        *,
        changes: Changes | None = None,
    ) -> None:
        """Record what a button did, also in the row's own history."""
        self.tell(request, action, [row], changes=changes, note=words)
        super().log_change(request, row, words)

    def construct_change_message(
        self,
        request: HttpRequest,
        form: forms.Form,
        formsets: "Iterable[BaseFormSet[Any]]",
        add: bool = False,
    ) -> list[dict[str, Any]]:
        """Describe a change, the values with it: `_told` takes them out again."""
        message = super().construct_change_message(request, form, formsets, add)
        return [*message, {VALUES: form_changes(form, is_new=add)}]

    def log_addition(self, request: HttpRequest, obj: Row, message: Any) -> LogEntry:
        """Record a new row."""
        words = self._told(request, "add", obj, message)
        return super().log_addition(request, obj, words)

    def log_change(self, request: HttpRequest, obj: Row, message: Any) -> LogEntry:
        """Record a changed row."""
        words = self._told(request, "change", obj, message)
        return super().log_change(request, obj, words)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Row]) -> Any:
        """Record rows that are about to be deleted."""
        self.tell(request, "delete", queryset)
        return super().log_deletions(request, queryset)  # type: ignore[arg-type]

    def _told(self, request: HttpRequest, action: str, row: Row, message: Any) -> Any:
        if isinstance(message, str):
            self.tell(request, action, [row], note=message)
            return message
        changes: Changes = next((each[VALUES] for each in message if VALUES in each), {})
        self.tell(request, action, [row], changes=changes)
        return [each for each in message if VALUES not in each]
