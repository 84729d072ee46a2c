"""Scenarios in the admin: how the answers of each place in the shop are made."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from catalog.admin.numbers import times
from catalog.admin.theme import column
from fusion.admin.answers import origin_words
from fusion.admin.product_choice import FIELDS, choice_words
from fusion.admin.scenario_form import scenario_form, weight_fields
from fusion.admin.trial import Asker, TrialAdmin, answer_of, example_call, tried_list
from fusion.models import Scenario
from fusion.serving.scenarios import BUILT_IN

WITHOUT_MODEL = ("Without the model", {"fields": ("fallback", "popularity_window")})


@admin.register(Scenario)
class ScenarioAdmin(TrialAdmin[Scenario]):
    """What a request may leave unsaid; every process knows a change within two seconds."""

    when_empty = "A scenario is a place in the shop that shows products, and what is wanted there."
    list_display = ("name", "description", "seen_policy", "diversity", "caps", "exploration")
    search_fields = ("name", "description")
    ordering = ("name",)
    sortable_by = ("name",)
    change_form_outer_after_template = "admin/fusion/trial/scenario.html"

    def get_fieldsets(self, request: HttpRequest, obj: Scenario | None = None) -> Any:
        """Return the groups of the form; those who only read get weights and filters in words."""
        variety = (("diversity", "exploration"), ("max_per_brand", "max_per_category"))
        if obj is not None and not self.has_change_permission(request, obj):
            return (
                (None, {"fields": ("name", "description")}),
                ("What counts", {"fields": ("weights",)}),
                ("How mixed the list is", {"fields": variety}),
                ("Which products", {"fields": ("seen_policy", "chosen")}),
                WITHOUT_MODEL,
            )
        return (
            (None, {"fields": ("name", "description")}),
            (
                "What counts",
                {
                    "description": "Factors on what the model has learned: 2 is twice as much.",
                    "fields": (weight_fields(),),
                },
            ),
            ("How mixed the list is", {"fields": variety}),
            (
                "Which products",
                {
                    "description": "Fill in what you need; a product must meet all of it.",
                    "fields": ("seen_policy", *FIELDS),
                },
            ),
            WITHOUT_MODEL,
        )

    def get_form(
        self, request: HttpRequest, obj: Scenario | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form with a field for each branch."""
        return super().get_form(request, obj, change, **kwargs | {"form": scenario_form()})

    def page_context(self, request: HttpRequest, row: Scenario | None) -> dict[str, Any]:
        """What stands below the form: an answer of now."""
        return {} if row is None else self.trial_context(row)

    def trial_scenarios(self, row: Scenario) -> Sequence[str]:
        """Return this one."""
        return [row.name]

    def trial(self, row: Scenario, asker: Asker, request: HttpRequest) -> dict[str, Any]:
        """Return one answer and the call that gives it."""
        answer = answer_of(asker, row.name, now=timezone.now())
        tried = tried_list("The answer", answer, note=f"Answered by: {origin_words(answer)}.")
        return {"lists": [tried], "call": example_call(request, asker, row.name)}

    def get_readonly_fields(
        self, request: HttpRequest, obj: Scenario | None = None
    ) -> tuple[str, ...]:
        """Keep the name of a scenario that storefronts ask for."""
        return ("name",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Scenario | None = None) -> bool:
        """Refuse for the scenarios every shop has: they answer also without a row."""
        is_built_in = obj is not None and obj.name in BUILT_IN
        return not is_built_in and super().has_delete_permission(request, obj)

    @column("Weights of the branches")
    def weights(self, scenario: Scenario) -> str:
        """The factors that are not 1."""
        known = scenario.branch_weights.items()
        return ", ".join(f"{branch} {times(factor)}" for branch, factor in known) or "as trained"

    @column("Only")
    def chosen(self, scenario: Scenario) -> str:
        """Which products it is limited to."""
        return choice_words(scenario) or "all products"

    @column("Caps")
    def caps(self, scenario: Scenario) -> str:
        """How many of one brand and category come before others had their turn."""
        caps = {"brand": scenario.max_per_brand, "category": scenario.max_per_category}
        return ", ".join(f"{most} per {kind}" for kind, most in caps.items() if most) or "-"
