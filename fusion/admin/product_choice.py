"""The part of a form that chooses products: by category, brand, price, attributes."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.admin.fields import PairsField, amount_words, pair_words
from catalog.models import Category
from fusion.models import Rule, Scenario

if TYPE_CHECKING:
    ChoiceForm = forms.ModelForm[Any]
else:
    ChoiceForm = forms.ModelForm

FIELDS = ("category", "brand", ("min_price", "max_price"), "attributes")
SUGGESTED = 500  # paths that the browser offers while a person types


def choice_words(row: Rule | Scenario) -> str:
    """Say which products are chosen; "" where nothing is asked of them."""
    parts = [
        row.category,
        row.brand,
        f"from {amount_words(row.min_price)}" if row.min_price is not None else "",
        f"to {amount_words(row.max_price)}" if row.max_price is not None else "",
        pair_words(row.attributes),
    ]
    return " · ".join(part for part in parts if part)


class CategoryInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A path, with those of the catalogue to choose from."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the field and what it suggests."""
        listed = f"{name}-paths"
        field = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        paths = Category.objects.order_by("path").values_list("path", flat=True)[:SUGGESTED]
        options = format_html_join("", '<option value="{}"></option>', ((each,) for each in paths))
        return format_html('{}<datalist id="{}">{}</datalist>', field, listed, options)


class ProductChoiceForm(ChoiceForm):
    """Chooses products; what is filled in must all hold."""

    category = forms.CharField(
        max_length=500,
        required=False,
        widget=CategoryInput,
        help_text="Those below it count too: “Home” is also “Home > Lamps”.",
    )
    attributes = PairsField(required=False, help_text="One a line, for example: colour = red")

    def add_prefix(self, field_name: str) -> str:
        """Return the field's name in the page.

        A field called "attributes" takes the place of the HTML form's own attributes, which the
        theme's scripts read: fields would no longer show and hide as their form says.
        """
        return super().add_prefix("facts" if field_name == "attributes" else field_name)
