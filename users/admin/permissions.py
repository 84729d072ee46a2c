"""Permissions as ticks, grouped by what they are about: read out, and usable on a phone."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.forms.models import ModelChoiceIterator
from django.utils.text import capfirst
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

VERBS = ("view", "add", "change", "delete")  # Django's own, in the order of the ticks

if TYPE_CHECKING:
    ByKind = ModelChoiceIterator[Permission]
    Choices = forms.ModelMultipleChoiceField[Permission]
else:
    ByKind = ModelChoiceIterator
    Choices = forms.ModelMultipleChoiceField


class PermissionTicks(UnfoldAdminCheckboxSelectMultipleWidget):  # type: ignore[misc]
    """A group of ticks for each kind of row."""

    template_name = "admin/users/permissions.html"


class PermissionsByKind(ByKind):
    """Permissions in groups; kinds without a page in the admin come last."""

    def __iter__(self) -> Iterator[Any]:
        rows = sorted(self.queryset, key=lambda each: (*_place(each.content_type), _order(each)))
        for kind, found in groupby(rows, key=lambda each: each.content_type):
            yield _name(kind), [self.choice(each) for each in found]


class PermissionsField(Choices):
    """What a role or a person may do."""

    iterator = PermissionsByKind
    widget = PermissionTicks

    def label_from_instance(self, permission: Permission) -> str:
        """Say only what is done: the group says to what."""
        verb = permission.codename.removesuffix(f"_{permission.content_type.model}")
        return verb if verb in VERBS else permission.name.removeprefix("Can ")


def _place(kind: ContentType) -> tuple[bool, str, str]:
    model = kind.model_class()
    has_page = model is not None and admin.site.is_registered(model)
    return not has_page, kind.app_label, kind.model


def _order(permission: Permission) -> tuple[int, str]:
    verb = permission.codename.partition("_")[0]
    return VERBS.index(verb) if verb in VERBS else len(VERBS), permission.codename


def _name(kind: ContentType) -> str:
    model = kind.model_class()  # None of a package that is gone
    return capfirst(str(model._meta.verbose_name_plural)) if model else kind.model
