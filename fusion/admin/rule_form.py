"""The editor of a rule."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple

from catalog.admin.fields import LinesField
from catalog.models import Product
from fusion.admin.product_choice import ProductChoiceForm
from fusion.models import Rule
from users.models import Event


class RuleForm(ProductChoiceForm):
    """A rule, whose products can be picked or written by id."""

    product_ids = LinesField(
        label="Products by id",
        required=False,
        help_text="The shop's own ids, one a line. A pin shows them in this order.",
    )
    more_products = forms.ModelMultipleChoiceField(
        Product.objects.known(),
        label="Add products",
        required=False,
        help_text="Search by id or title; they join the list above when you save.",
    )

    class Meta:
        model = Rule
        fields = "__all__"
        labels = {"is_enabled": "Switched on"}
        help_texts = {
            "place": "1 is the first. Several products take the places from here on.",
            "factor": "2 counts double, 0.5 half.",
            "starts_at": "Empty: at once.",
            "ends_at": "Empty: until you switch it off.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "more_products" in self.fields:
            field: Any = self.fields["more_products"]
            # It searches what a relation leads to; any relation to products will do.
            field.widget = AutocompleteSelectMultiple(
                Event._meta.get_field("product"), admin.site, choices=field.choices
            )

    def clean(self) -> dict[str, Any]:
        """Put the picked products behind those that are there."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        picked = [each.external_id for each in values.get("more_products") or ()]
        if "product_ids" in values:
            values["product_ids"] = list(dict.fromkeys([*values["product_ids"], *picked]))
        return values
