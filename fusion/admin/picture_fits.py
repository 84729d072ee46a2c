"""Pictures that may not fit their words: a work list for whoever keeps the catalogue."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.numbers import plural
from catalog.admin.pictures import main_picture, product_cell
from catalog.admin.theme import column
from catalog.text import product_text
from fusion import tasks
from fusion.admin.shelves import Fit, Shelved, fits_of
from fusion.features.agreement import NEIGHBOURS
from fusion.features.picture_fit import LEAST_PRODUCTS, can_check
from fusion.models import PictureFit
from users.audit import record_many
from users.models import AuditAction

SHOWN_IN_LIST = 5
PAGE = "admin:fusion_picturefit_changelist"


class OpinionFilter(SimpleListFilter):
    """Rows somebody has to look at, or those that were called fine."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices; without one the list shows what is to check."""
        return [("check", "To check"), ("fine", "Called fine"), ("any", "Both")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of the choice."""
        if self.value() == "any":
            return queryset
        if self.value() == "fine":
            return queryset.filter(accepted_content=F("content"))
        return queryset.exclude(accepted_content=F("content"))


@admin.register(PictureFit)
class PictureFitAdmin(ReadOnlyAdmin[PictureFit]):
    """Lowest first. A person opens the product and corrects it, or calls it fine."""

    when_empty = (
        "None is worth a look. Products with a picture and a text are checked once a day, "
        "or with Check now."
    )
    list_display = ("shown_product", "fit", "look_alike", "described_alike")
    list_filter = (OpinionFilter,)
    list_select_related = ("product",)
    search_fields = ("product__external_id",)
    search_help_text = "A whole product id"
    ordering = ("score", "product_id")
    sortable_by = ()
    list_per_page = 25
    actions = ("call_fine",)
    list_before_template = "admin/fusion/picturefit/about.html"
    change_form_outer_before_template = "admin/fusion/picturefit/compare.html"
    fields = (("computed_at", "accepted_by"),)

    def get_urls(self) -> list[URLPattern]:
        """Add what the buttons do."""
        check, accept = require_POST(self.check_view), require_POST(self.accept_view)
        own = [
            path("check/", self.admin_site.admin_view(check), name="fusion_picturefit_check"),
            path(
                "<int:pk>/fine/",
                self.admin_site.admin_view(accept),
                name="fusion_picturefit_accept",
            ),
        ]
        return [*own, *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: PictureFit | None = None) -> bool:
        """Whoever sees the catalogue sees what may be wrong with it."""
        return request.user.has_perm("catalog.view_product")

    def has_accept_permission(self, request: HttpRequest) -> bool:
        """Whether this person keeps the catalogue."""
        return request.user.has_perm("catalog.change_product")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PictureFit], search_term: str
    ) -> tuple[QuerySet[PictureFit], bool]:
        """Search by whole ids only."""
        term = search_term.strip()
        return (queryset.filter(product__external_id=term) if term else queryset), False

    def prepare_rows(self, rows: Sequence[PictureFit]) -> None:
        """Read products and neighbours of all rows at once."""
        fits = fits_of(rows, shown=SHOWN_IN_LIST, size=44)
        for row in rows:
            vars(row)["fit"] = fits[row.pk]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add when the shop was checked, and by what measure."""
        newest = PictureFit.objects.order_by("-computed_at").values_list("computed_at", flat=True)
        context = {
            "checked_at": newest.first(),
            "can_check": can_check(),
            "may_check": self.has_accept_permission(request),
            "neighbours": NEIGHBOURS,
            "least_products": LEAST_PRODUCTS,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def page_context(self, request: HttpRequest, row: PictureFit | None) -> dict[str, Any]:
        """What stands above the facts: the product between its neighbours of both kinds."""
        if row is None:
            return {}
        return {
            "fit": fits_of([row], shown=NEIGHBOURS)[row.pk],
            "main_picture": main_picture(row.product),
            "words": product_text(row.product),
            "neighbours": NEIGHBOURS,
            "may_accept": self.has_accept_permission(request) and not row.is_accepted,
        }

    def check_view(self, request: HttpRequest) -> HttpResponse:
        """Queue a check of the whole shop."""
        if not self.has_accept_permission(request):
            raise PermissionDenied
        if tasks.enqueue_picture_check(asked_at=timezone.now()):
            which, note = "of the whole shop", "Asked for a check."
            record_many(AuditAction.RUN, PictureFit, which, request=request, note=note)
            words = "The check is queued. It takes seconds, minutes for 100,000 products."
            messages.success(request, f"{words} Reload this page to see what it found.")
        else:
            messages.error(request, "Redis does not answer, so nothing was queued. Try again.")
        return redirect(PAGE)

    def accept_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call one row fine."""
        if not self.has_accept_permission(request):
            raise PermissionDenied
        self.call_fine(request, PictureFit.objects.filter(pk=pk))
        return redirect(PAGE)

    @admin.action(description="Looks fine: take off the list", permissions=["accept"])
    def call_fine(self, request: HttpRequest, queryset: QuerySet[PictureFit]) -> None:
        """Take rows off the list until their picture or words change."""
        rows = list(queryset.select_related("product"))
        chosen = PictureFit.objects.filter(pk__in=[row.pk for row in rows])
        chosen.update(accepted_content=F("content"), accepted_by=request.user.pk)
        products = [row.product for row in rows]
        self.tell(request, "change", products, note="Called fine: the picture fits the words.")
        words = f"{plural(len(rows), 'product')} called fine, until the picture or words change."
        self.message_user(request, words, messages.SUCCESS)

    @column("Product")
    def shown_product(self, row: PictureFit) -> SafeString:
        """Picture, title and id."""
        return product_cell(row.product, size=64)

    @column("Fit")
    def fit(self, row: PictureFit) -> SafeString:
        """How well picture and words agree, and how many products do better."""
        return render_to_string("admin/fusion/picturefit/meter.html", {"fit": _fit(row)})

    @column("Look alike")
    def look_alike(self, row: PictureFit) -> SafeString:
        """The nearest products by picture."""
        return _thumbnails(_fit(row).alike)

    @column("Described alike")
    def described_alike(self, row: PictureFit) -> SafeString:
        """The nearest products by words."""
        return _thumbnails(_fit(row).described)


def _fit(row: PictureFit) -> Fit:
    found: Fit = vars(row)["fit"]
    return found


def _thumbnails(shelf: Sequence[Shelved]) -> SafeString:
    titled = ((each.product.title or each.product.external_id, each.picture) for each in shelf)
    pictures = format_html_join("", '<span title="{}">{}</span>', titled)
    return format_html('<span class="rs-thumbs">{}</span>', pictures)
