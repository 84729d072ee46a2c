"""The editor of a scenario."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from catalog.admin.fields import Lines
from fusion.admin.product_choice import ProductChoiceForm
from fusion.models import Scenario
from fusion.models.merchandising import MAX_WEIGHT
from fusion.recommendation_request import branch_names

WEIGHT = "weight_"


class BaseScenarioForm(ProductChoiceForm):
    """A scenario; a subclass has a field for the weight of each branch."""

    class Meta:
        model = Scenario
        fields = "__all__"
        widgets = {"description": Lines(attrs={"rows": 2})}
        help_texts = {
            "seen_policy": "What happens to products the shopper knows already.",
            "fallback": "How far down an answer may come from when the model has none.",
            "max_per_brand": "More than that come after all others. Empty: any number.",
            "max_per_category": "More than that come after all others. Empty: any number.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for branch in branch_names():
            if WEIGHT + branch in self.fields:
                self.initial[WEIGHT + branch] = self.instance.branch_weights.get(branch)

    def clean(self) -> dict[str, Any]:
        """Gather the weights; all of them 0 would rank nothing."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if WEIGHT + branch_names()[0] not in self.fields:
            return values
        said = {branch: values.get(WEIGHT + branch) for branch in branch_names()}
        if not any(1 if weight is None else weight for weight in said.values()):
            message = "All are 0, so nothing could be ranked: leave one above 0."
            self.add_error(WEIGHT + branch_names()[0], message)
        others = {
            name: weight
            for name, weight in self.instance.branch_weights.items()
            if name not in said
        }
        kept = {branch: weight for branch, weight in said.items() if weight is not None}
        self.instance.branch_weights = others | kept
        return values


def weight_fields() -> tuple[str, ...]:
    """Return the names of the fields for the weights."""
    return tuple(WEIGHT + branch for branch in branch_names())


def scenario_form() -> type[BaseScenarioForm]:
    """Return the form with the branches that are configured."""
    weights = {WEIGHT + branch: _weight(branch) for branch in branch_names()}
    return type("ScenarioForm", (BaseScenarioForm,), weights)


def _weight(branch: str) -> forms.FloatField:
    return forms.FloatField(
        label=branch.capitalize(),
        required=False,
        min_value=0,
        max_value=MAX_WEIGHT,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"placeholder": "1", "step": "any"}),
        help_text=f"0 leaves it out, {MAX_WEIGHT:g} is the most. Empty: 1, as trained.",
    )
