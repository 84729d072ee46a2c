"""What the shop wants shown: the defaults of each place, and rules over what is ranked."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

MAX_WEIGHT = 10.0
MAX_FACTOR = 100.0
MAX_PLACE = 100
NAME = r"^[a-z0-9][a-z0-9_-]*\Z"


class SeenPolicy(models.TextChoices):
    """Which products a shopper knows already are shown again."""

    SHOW_ALL = "show_all", "Show all"
    HIDE_BOUGHT = "hide_bought", "Hide what the shopper bought"
    HIDE_SEEN = "hide_seen", "Hide whatever the shopper looked at, took or bought"


class FallbackPolicy(models.TextChoices):
    """How far down the ladder an answer may come from."""

    FULL = "full", "Whatever happens there is an answer"
    # No stale list: rather popular products than old news.
    POPULAR = "popular", "No list made before the shopper's last event"
    NONE = "none", "The model or nothing"


class ProductChoice(models.Model):
    """Columns that choose products; all that are filled in must hold."""

    category = models.CharField(
        max_length=500, blank=True, help_text='Path ("Home > Lamps"); those below it count too.'
    )
    brand = models.CharField(max_length=200, blank=True)
    min_price = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    max_price = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    attributes = models.JSONField(
        default=dict, blank=True, help_text='Names and values, for example {"colour": "red"}.'
    )

    class Meta:
        abstract = True

    def chooses(self) -> bool:
        """Whether any column is filled in."""
        prices = (self.min_price, self.max_price)
        return bool(self.category or self.brand or self.attributes or prices != (None, None))

    def clean(self) -> None:
        """Refuse what no product can meet."""
        if self.min_price and self.max_price and self.min_price > self.max_price:
            raise ValidationError({"max_price": "Less than the smallest price."})
        require_words(self.attributes, "attributes")


class Scenario(ProductChoice):
    """A place in the shop that shows recommendations, and how its answers are made.

    The columns of `ProductChoice` restrict what is shown; a request may say otherwise.
    """

    name = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(NAME, "Small letters, digits, - and _.")],
        help_text="What requests call it.",
    )
    description = models.TextField(blank=True)
    seen_policy = models.CharField(
        max_length=11, choices=SeenPolicy.choices, default=SeenPolicy.SHOW_ALL
    )
    fallback = models.CharField(
        max_length=7, choices=FallbackPolicy.choices, default=FallbackPolicy.FULL
    )
    branch_weights = models.JSONField(
        default=dict, blank=True, help_text='Factors, for example {"image": 2}; 0 to 10.'
    )
    diversity = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="0: by score alone. 1: nothing that is like what stands above it.",
    )
    max_per_brand = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    max_per_category = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    exploration = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Share of the places that go to new products and those nobody looks at.",
    )
    popularity_window = models.CharField(
        max_length=3,
        choices=[("1h", "Hour"), ("24h", "Day"), ("7d", "Week"), ("30d", "Month")],
        default="30d",
        help_text="How far back events count for what is popular here.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(diversity__gte=0, diversity__lte=1), name="scenario_diversity"
            ),
            models.CheckConstraint(
                condition=Q(exploration__gte=0, exploration__lte=1), name="scenario_exploration"
            ),
            models.CheckConstraint(
                condition=Q(seen_policy__in=SeenPolicy.values), name="scenario_seen_policy"
            ),
            models.CheckConstraint(
                condition=Q(fallback__in=FallbackPolicy.values), name="scenario_fallback"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse weights that are none."""
        super().clean()
        weights = self.branch_weights
        if not isinstance(weights, dict) or not all(map(is_weight, weights.values())):
            message = 'Branches and factors from 0 to 10, for example {"image": 2}.'
            raise ValidationError({"branch_weights": message})


class Rule(ProductChoice):
    """An order of the shop to show some products higher, lower, at a place, or not at all."""

    class Action(models.TextChoices):
        PIN = "pin", "Pin to a place"
        BOOST = "boost", "Boost by a factor"
        BURY = "bury", "Bury: after all others"
        HIDE = "hide", "Hide"

    name = models.CharField(max_length=100, help_text="Shown in explanations.")
    action = models.CharField(max_length=5, choices=Action.choices)
    place = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PLACE)],
        help_text="Of a pin; several products take the places from here on.",
    )
    factor = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(MAX_FACTOR)],
        help_text="Of a boost: 2 counts double, 0.5 half.",
    )
    product_ids = models.JSONField(
        default=list, blank=True, help_text='The shop\'s own ids, for example ["0042", "0007"].'
    )
    scenarios = models.ManyToManyField(
        Scenario, blank=True, related_name="rules", help_text="None chosen: all of them."
    )
    priority = models.SmallIntegerField(
        default=0, help_text="Of two rules that disagree on a product, the higher one holds."
    )
    is_enabled = models.BooleanField(default=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=["pin", "boost", "bury", "hide"]), name="rule_action"
            ),
            models.CheckConstraint(
                condition=~Q(action="pin") | Q(place__gte=1, place__lte=MAX_PLACE),
                name="pin_has_place",
            ),
            models.CheckConstraint(
                condition=~Q(action="boost") | Q(factor__gte=0, factor__lte=MAX_FACTOR),
                name="boost_has_factor",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="rule_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a rule that says nothing."""
        super().clean()
        ids = self.product_ids
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise ValidationError({"product_ids": 'A list of ids in quotes: ["0042", "0007"].'})
        if not ids and not self.chooses():
            raise ValidationError("Say which products: by id, category, brand, price, attributes.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "Not after the start."})
        if self.action == self.Action.PIN and not (ids and self.place):
            raise ValidationError("A pin names its products and its place.")
        if self.action == self.Action.BOOST and self.factor is None:
            raise ValidationError({"factor": "A boost has a factor."})


def is_weight(value: Any) -> bool:
    """Whether the value may multiply the weight of a branch."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= MAX_WEIGHT


def require_words(values: Any, field: str) -> None:
    """Raise ValidationError unless `values` are names with one plain value each."""
    is_plain = isinstance(values, dict) and all(
        isinstance(each, str | int | float) for each in values.values()
    )
    if not is_plain:
        raise ValidationError({field: 'Names and values, for example {"colour": "red"}.'})
