"""Scenarios in the admin: how the answers of each place in the shop are made."""

from django.contrib import admin
from django.http import HttpRequest

from catalog.admin.base import BaseAdmin
from catalog.admin.theme import column
from fusion.models import Scenario
from fusion.serving.scenarios import BUILT_IN

FILTER = ("category", "brand", ("min_price", "max_price"), "attributes")


@admin.register(Scenario)
class ScenarioAdmin(BaseAdmin[Scenario]):
    """What a request may leave unsaid; every process knows a change within two seconds."""

    list_display = ("name", "description", "seen_policy", "diversity", "caps", "exploration")
    search_fields = ("name", "description")
    ordering = ("name",)
    sortable_by = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "description")}),
        (
            "Ranking",
            {
                "fields": (
                    "branch_weights",
                    ("diversity", "exploration"),
                    ("max_per_brand", "max_per_category"),
                )
            },
        ),
        ("Which products", {"fields": ("seen_policy", *FILTER)}),
        ("Without the model", {"fields": ("fallback", "popularity_window")}),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Scenario | None = None
    ) -> tuple[str, ...]:
        """Keep the name of a scenario that storefronts ask for."""
        return ("name",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Scenario | None = None) -> bool:
        """Refuse for the scenarios every shop has: they answer also without a row."""
        is_built_in = obj is not None and obj.name in BUILT_IN
        return not is_built_in and super().has_delete_permission(request, obj)

    @column("Caps")
    def caps(self, scenario: Scenario) -> str:
        """How many of one brand and category come before others had their turn."""
        caps = {"brand": scenario.max_per_brand, "category": scenario.max_per_category}
        return ", ".join(f"{most} per {kind}" for kind, most in caps.items() if most) or "-"
