"""The shop's rules in the admin."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import admin
from django.utils import timezone

from catalog.admin.base import BaseAdmin
from catalog.admin.theme import column
from fusion.admin.scenarios import FILTER
from fusion.models import Rule


@admin.register(Rule)
class RuleAdmin(BaseAdmin[Rule]):
    """Orders that answers follow from the next second on."""

    list_display = ("name", "work", "about", "where", "priority", "state")
    list_filter = ("action", "is_enabled", "scenarios")
    search_fields = ("name",)
    ordering = ("-priority", "name", "id")
    sortable_by = ("name", "priority")
    autocomplete_fields = ("scenarios",)
    fieldsets = (
        (None, {"fields": ("name", "is_enabled", "scenarios", "priority")}),
        ("What happens", {"fields": ("action", ("place", "factor"))}),
        ("To which products", {"fields": ("product_ids", *FILTER)}),
        ("When", {"fields": (("starts_at", "ends_at"),)}),
    )

    def prepare_rows(self, rows: Sequence[Rule]) -> None:
        """Read the scenarios of the page's rules at once."""
        names: dict[int, list[str]] = {row.pk: [] for row in rows}
        pairs = Rule.scenarios.through.objects.filter(rule__in=rows)
        for pk, name in pairs.order_by("scenario__name").values_list("rule_id", "scenario__name"):
            names[pk].append(name)
        for row in rows:
            vars(row)["where"] = ", ".join(names[row.pk]) or "everywhere"

    @column("Does")
    def work(self, rule: Rule) -> str:
        """What happens to the products."""
        words = {
            Rule.Action.PIN: f"pins to place {rule.place}",
            Rule.Action.BOOST: f"boosts x {rule.factor:g}" if rule.factor is not None else "boosts",
            Rule.Action.BURY: "buries",
            Rule.Action.HIDE: "hides",
        }
        return words[Rule.Action(rule.action)]

    @column("Products")
    def about(self, rule: Rule) -> str:
        """Which products the rule names, in words."""
        parts = [
            f"{len(rule.product_ids)} by id" if rule.product_ids else "",
            rule.category,
            rule.brand,
            f"from {rule.min_price:f}" if rule.min_price is not None else "",
            f"to {rule.max_price:f}" if rule.max_price is not None else "",
            ", ".join(f"{name} {value}" for name, value in (rule.attributes or {}).items()),
        ]
        return " · ".join(part for part in parts if part)

    @column("Where")
    def where(self, rule: Rule) -> str:
        """The scenarios it is for."""
        return str(vars(rule)["where"])

    @column("State", labels={"Holds": "success", "Waits": "info", "Over": "warning"})
    def state(self, rule: Rule) -> str:
        """Whether the rule holds now."""
        return state_of(rule, now=timezone.now())


def state_of(rule: Rule, *, now: datetime) -> str:
    """Say whether a rule holds."""
    if not rule.is_enabled:
        return "Off"
    if rule.ends_at is not None and rule.ends_at <= now:
        return "Over"
    is_early = rule.starts_at is not None and rule.starts_at > now
    return "Waits" if is_early else "Holds"
