"""What came of the answers, by day, in the admin."""

from django.contrib import admin
from unfold.contrib.filters.admin import RangeDateFilter

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.theme import column
from fusion.models import AttributionDay


@admin.register(AttributionDay)
class AttributionDayAdmin(ReadOnlyAdmin[AttributionDay]):
    """One row for a day, a scenario and a version."""

    list_display = (
        "day", "scenario", "version", "num_answers", "click_through", "num_purchases", "revenue"
    )  # fmt: skip
    list_filter = ("scenario", ("day", RangeDateFilter))
    search_fields = ("scenario",)
    ordering = ("-day", "scenario", "-id")
    sortable_by = ("day",)

    @column("Version")
    def version(self, row: AttributionDay) -> str:
        """The version that ranked."""
        return f"v{row.model_version_id}" if row.model_version_id else "no model"

    @column("Clicked")
    def click_through(self, row: AttributionDay) -> str:
        """Share of the answers that were clicked at least once."""
        return f"{row.num_clicked_answers / row.num_answers:.1%}" if row.num_answers else "-"
