"""Filters of the catalogue's lists."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from catalog.models import ProductImage


class PictureFilter(SimpleListFilter):
    """Products with or without a usable picture."""

    title = "picture"
    parameter_name = "picture"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("present", "Has a picture"), ("missing", "No usable picture")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the products of the choice."""
        usable = ProductImage.objects.usable().exclude(file="").filter(product=OuterRef("pk"))
        choice = {"present": Exists(usable), "missing": ~Exists(usable)}
        return queryset.filter(choice[self.value() or ""]) if self.value() in choice else queryset


class WordsFilter(SimpleListFilter):
    """Products with or without a word to encode."""

    title = "text"
    parameter_name = "text"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("present", "Has text"), ("missing", "No text")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the products of the choice."""
        if self.value() == "missing":
            return queryset.filter(text_hash="")
        return queryset.exclude(text_hash="") if self.value() == "present" else queryset


class ProblemFilter(SimpleListFilter):
    """Rows with a problem: somebody's work list."""

    title = "problem"
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("yes", "Has a problem"), ("no", "No problem")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of the choice."""
        if self.value() == "yes":
            return queryset.exclude(problem="")
        return queryset.filter(problem="") if self.value() == "no" else queryset


def known_values_filter(column: str, values: Callable[[], Iterable[str]]) -> type[SimpleListFilter]:
    """Return a filter of a column by values that are known beforehand.

    Django's own filter of a plain column reads the whole table to learn which values there are.
    """

    class KnownValuesFilter(SimpleListFilter):
        """Rows with one of the known values."""

        title = column
        parameter_name = column

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            """Return the choices."""
            return [(each, each) for each in values()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            """Keep the rows of the choice."""
            return queryset.filter(**{column: self.value()}) if self.value() else queryset

    return KnownValuesFilter
