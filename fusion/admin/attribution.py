"""What came of the answers, by day, in the admin."""

from django.contrib import admin
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import RangeDateFilter

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.numbers import percent
from catalog.admin.theme import column
from fusion.admin.dashboard import download, figures
from fusion.models import AttributionDay


@admin.register(AttributionDay)
class AttributionDayAdmin(ReadOnlyAdmin[AttributionDay]):
    """One row for a day, a scenario and a version."""

    when_empty = (
        "A task fills this list every ten minutes, from kept answers and the events that "
        "name one as the cause. Such an event carries the recommendation_id of the answer."
    )
    list_display = (
        "day", "scenario", "version", "answers", "click_through", "purchases", "revenue_words"
    )  # fmt: skip
    list_filter = ("scenario", ("day", RangeDateFilter))
    search_fields = ("scenario",)
    ordering = ("-day", "scenario", "-id")
    sortable_by = ("day",)

    def get_urls(self) -> list[URLPattern]:
        """Add the parts of the dashboard that are fetched after the page is shown."""
        opened = self.admin_site.admin_view
        return [
            path("dashboard/", opened(figures), name="fusion_dashboard_figures"),
            path("dashboard.csv", opened(download), name="fusion_dashboard_csv"),
            *super().get_urls(),
        ]

    @column("Version")
    def version(self, row: AttributionDay) -> str:
        """The version that ranked."""
        return f"v{row.model_version_id}" if row.model_version_id else "no model"

    @column("Clicked")
    def click_through(self, row: AttributionDay) -> str:
        """Share of the answers that were clicked at least once."""
        return percent(row.num_clicked_answers / row.num_answers) if row.num_answers else "-"

    @column("Answers")
    def answers(self, row: AttributionDay) -> str:
        """How many answers were kept."""
        return f"{row.num_answers:,}"

    @column("Purchases")
    def purchases(self, row: AttributionDay) -> str:
        """How many purchases are credited to them."""
        return f"{row.num_purchases:,}"

    @column("Revenue")
    def revenue_words(self, row: AttributionDay) -> str:
        """What these purchases brought, in the shop's currency."""
        return f"{row.revenue:,.2f}"
