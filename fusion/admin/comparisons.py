"""Comparisons of two versions in the admin."""

from django.contrib import admin

from catalog.admin.base import ReadOnlyAdmin
from fusion.models import VersionComparison


@admin.register(VersionComparison)
class VersionComparisonAdmin(ReadOnlyAdmin[VersionComparison]):
    """Asked for on the page of a version, answered by a worker."""

    list_display = ("__str__", "created_at")
    list_select_related = ("first", "second")
    ordering = ("-id",)
    sortable_by = ()
