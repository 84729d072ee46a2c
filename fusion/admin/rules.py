"""The shop's rules in the admin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from catalog.admin.numbers import plural, times
from catalog.admin.pictures import main_picture, thumbnail
from catalog.admin.theme import Tone, column
from fusion.admin.answers import products_by_id
from fusion.admin.product_choice import FIELDS, choice_words
from fusion.admin.rule_form import RuleForm
from fusion.admin.trial import Asker, TrialAdmin, answer_of, difference_words, tried_list
from fusion.models import Rule, Scenario
from fusion.serving.recommend import HOME

ACTIVE, UPCOMING, ENDED, OFF = "Active", "Upcoming", "Ended", "Off"
STATE_TONES: dict[str, Tone] = {ACTIVE: "success", UPCOMING: "info", ENDED: "warning"}
PICTURED = 12  # products of a rule that its page shows


@admin.register(Rule)
class RuleAdmin(TrialAdmin[Rule]):
    """Orders that answers follow from the next second on."""

    when_empty = (
        "A rule pins, boosts, buries or hides products in the answers, from the next second on."
    )
    form = RuleForm
    list_display = ("name", "work", "about", "where", "priority", "shown_state", "when")
    list_filter = ("action", "is_enabled", "scenarios")
    search_fields = ("name",)
    ordering = ("-priority", "name", "id")
    sortable_by = ("name", "priority")
    autocomplete_fields = ("scenarios",)
    conditional_fields = {"place": "action == 'pin'", "factor": "action == 'boost'"}
    change_form_outer_after_template = "admin/fusion/rule/trial.html"
    fieldsets = (
        (None, {"fields": ("name", "is_enabled")}),
        ("What happens", {"fields": ("action", "place", "factor")}),
        (
            "To which products",
            {
                "description": "Fill in what you need; a product must meet all of it.",
                "fields": ("product_ids", "more_products", *FIELDS),
            },
        ),
        ("Where and when", {"fields": ("scenarios", "starts_at", "ends_at", "priority")}),
    )

    read_fieldsets = (
        (None, {"fields": ("name", "shown_state")}),
        ("What happens", {"fields": ("work", "about", "named_ids")}),
        ("Where and when", {"fields": ("where", "when", "priority")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        """Return the form, or for those who only read what the rule does in words."""
        may_change = obj is None or self.has_change_permission(request, obj)
        return self.fieldsets if may_change else self.read_fieldsets

    def page_context(self, request: HttpRequest, row: Rule | None) -> dict[str, Any]:
        """What stands below the form: the products it names, and what it changes now."""
        if row is None:
            return {}
        return {
            "rule": row,
            "named": named_products(row.product_ids[:PICTURED]),
            "num_unnamed": max(0, len(row.product_ids) - PICTURED),
            **self.trial_context(row),
        }

    def trial_scenarios(self, row: Rule) -> Sequence[str]:
        """Return the scenarios of the rule."""
        chosen = row.scenarios.all() if row.scenarios.exists() else Scenario.objects.all()
        names = chosen.order_by("name").values_list("name", flat=True)
        return sorted(names, key=lambda name: (name != HOME, name))

    def trial(self, row: Rule, asker: Asker, request: HttpRequest) -> dict[str, Any]:
        """Return the answer without and with the rule."""
        now = timezone.now()
        state = state_of(row, now=now)
        if state != ACTIVE:
            return {"words": f"The rule is {state.lower()}: it changes nothing now."}
        scenario = self.chosen_scenario(row, request)
        before = answer_of(asker, scenario, now=now, without_rule=row.pk)
        after = answer_of(asker, scenario, now=now)
        lists = [tried_list("Without the rule", before), tried_list("With the rule", after)]
        return {"words": difference_words(before, after), "lists": lists}

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
            Rule.Action.BOOST: f"boosts {times(rule.factor or 1)}",
            Rule.Action.BURY: "buries",
            Rule.Action.HIDE: "hides",
        }
        return words[Rule.Action(rule.action)]

    @column("Products")
    def about(self, rule: Rule) -> str:
        """Which products the rule names, in words."""
        num_ids = len(rule.product_ids)
        parts = [plural(num_ids, "product") if num_ids else "", choice_words(rule)]
        return " · ".join(part for part in parts if part)

    @column("Products by id")
    def named_ids(self, rule: Rule) -> str:
        """The shop's own ids of the products it names."""
        return ", ".join(rule.product_ids) or "-"

    @column("Where")
    def where(self, rule: Rule) -> str:
        """The scenarios it is for."""
        return str(vars(rule)["where"])

    @column("State", labels=STATE_TONES)
    def shown_state(self, rule: Rule) -> str:
        """Whether the rule counts now."""
        return state_of(rule, now=timezone.now())

    @column("When")
    def when(self, rule: Rule) -> str:
        """From when to when it counts."""
        parts = [
            f"from {_moment(rule.starts_at)}" if rule.starts_at else "",
            f"until {_moment(rule.ends_at)}" if rule.ends_at else "",
        ]
        return " ".join(part for part in parts if part) or "always"


def state_of(rule: Rule, *, now: datetime) -> str:
    """Say whether a rule counts."""
    if not rule.is_enabled:
        return OFF
    if rule.ends_at is not None and rule.ends_at <= now:
        return ENDED
    return UPCOMING if rule.starts_at is not None and rule.starts_at > now else ACTIVE


def named_products(external_ids: Sequence[str]) -> list[tuple[str, dict[str, Any] | None]]:
    """Return products by the shop's ids, None for an id that no product has."""
    found = products_by_id(external_ids)
    return [
        (
            each,
            {
                "pk": found[each].pk,
                "title": found[each].title or each,
                "picture": thumbnail(main_picture(found[each]), size=96),
            }
            if each in found
            else None,
        )
        for each in external_ids
    ]


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y, H:i")
