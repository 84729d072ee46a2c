"""What came of the answers, by day, in the admin."""

from collections.abc import Sequence

from django.contrib import admin
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import RangeDateFilter

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.numbers import NBSP, percent
from catalog.admin.theme import column
from fusion.admin.dashboard import download, figures
from fusion.aggregates.catalogue_counts import money_unit
from fusion.models import AttributionDay, CatalogueCount


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

    def prepare_rows(self, rows: Sequence[AttributionDay]) -> None:
        """Attach what their revenue is in."""
        counted = CatalogueCount.objects.first()
        unit = money_unit(counted.counts) if counted else ""
        for row in rows:
            vars(row)["money_unit"] = unit

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
        """What these purchases brought; amounts of several currencies added up as they are."""
        return f"{row.revenue:,.2f}{NBSP}{vars(row)['money_unit']}".strip()
