"""What the admin pages of every app share."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.paginator import Page
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from catalog.admin.audited import AuditedAdmin
from catalog.admin.theme import RowPaginator, ThemedChangeList

Row = TypeVar("Row", bound=Model)
COUNT_LIMIT = 10_000


class BoundedPaginator(RowPaginator):
    """Pages of a table of any size: counts no further than `COUNT_LIMIT` rows."""

    template_name = "admin/includes/bounded_pagination.html"

    @cached_property
    def _bounded_count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: COUNT_LIMIT + 1].count())

    @property
    def count(self) -> int:
        """Rows that can be paged through, `COUNT_LIMIT` at most."""
        return min(self._bounded_count, COUNT_LIMIT)

    def page(self, number: int | str) -> Any:
        """Return a page, found by keys alone: the rows before it are not joined with anything."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows: Any = self.object_list
        keys = rows.values("pk")[start : min(start + self.per_page, self.count)]
        return Page(rows.filter(pk__in=keys), number, self)

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than can be paged through."""
        return self._bounded_count > COUNT_LIMIT


class PreparedChangeList(ThemedChangeList):
    """A list whose admin fetches what the rows of one page show, in a fixed number of queries."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then let the admin prepare its rows."""
        super().get_results(request)
        # Where counting found nothing, there is no need to look through a million rows again.
        self.result_list: Any = list(self.result_list) if self.result_count else []
        admin: Any = self.model_admin  # a BaseAdmin: only those return this list
        admin.prepare_rows(self.result_list)


class BaseAdmin(AuditedAdmin[Row]):
    """Defaults of every page."""

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False  # a COUNT(*) over everything, for a number nobody reads
    paginator = BoundedPaginator
    compressed_fields = True
    list_filter_submit = True
    warn_unsaved_form = True
    when_empty = ""  # what an empty list says: where its rows come from

    def prepare_rows(self, rows: Sequence[Row]) -> None:
        """Attach to `rows` what their columns need; called once for a page of a list."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PreparedChangeList]:
        """Return the list that calls `prepare_rows`."""
        return PreparedChangeList

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Row | None:
        """Return one prepared row."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.prepare_rows([row])
        return row

    def page_context(self, request: HttpRequest, row: Row | None) -> dict[str, Any]:
        """Return what the templates around the form of `row` show; None on the add page."""
        return {}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Row | None = None,
    ) -> HttpResponse:
        """Render the form among what `page_context` gives."""
        context |= self.page_context(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


class ReadOnlyAdmin(BaseAdmin[Row]):
    """Rows that only the product itself writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody changes rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody deletes rows by hand."""
        return False
