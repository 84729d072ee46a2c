"""How the answers of one place in the shop are made: a stored row, else a built-in one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Self, TypedDict

from fusion.models import FallbackPolicy, Scenario, SeenPolicy
from fusion.models.merchandising import is_weight
from fusion.serving.filters import ANY, ProductFilter, in_words
from fusion.serving.popular import Window


class UnknownScenarioError(ValueError):
    """There is no scenario of that name."""

    def __init__(self, name: str, known: Mapping[str, object]) -> None:
        super().__init__(f"{name[:40]!r} is unknown: send one of {', '.join(known)}.")


class Overrides(TypedDict, total=False):
    """What a request may say otherwise; None leaves it to the scenario."""

    diversity: float | None
    weights: Mapping[str, float] | None
    fallback: str | None
    seen_policy: str | None
    max_per_brand: int | None
    max_per_category: int | None
    exploration: float | None


@dataclass(frozen=True, slots=True)
class ScenarioSettings:
    """How answers are made.

    Attributes:
        weights: factors on the branch weights; an absent branch counts 1.
        diversity: 0 by score alone, 1 nothing alike near each other.
        max_per_brand: products of one brand before all others had their turn; None means any.
        exploration: share of the places for products nobody knows yet.
    """

    name: str
    only: ProductFilter = ANY
    seen_policy: SeenPolicy = SeenPolicy.SHOW_ALL
    fallback: FallbackPolicy = FallbackPolicy.FULL
    weights: Mapping[str, float] = field(default_factory=dict)
    diversity: float = 0.0
    max_per_brand: int | None = None
    max_per_category: int | None = None
    exploration: float = 0.0
    popularity_window: Window = Window.MONTH

    @classmethod
    def from_row(cls, row: Scenario) -> Self:
        """Read a row; what is none of its kind, written past the admin, is left out."""
        weights = row.branch_weights if isinstance(row.branch_weights, dict) else {}
        return cls(
            name=row.name,
            only=filter_of(row),
            seen_policy=SeenPolicy(row.seen_policy),
            fallback=FallbackPolicy(row.fallback),
            weights={str(name): float(each) for name, each in weights.items() if is_weight(each)},
            diversity=row.diversity,
            max_per_brand=row.max_per_brand,
            max_per_category=row.max_per_category,
            exploration=row.exploration,
            popularity_window=_window(row.popularity_window),
        )

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Self:
        """Read what a served list keeps of the settings it was made with."""
        only = dict(kept["only"])
        prices = {name: _price(only[name]) for name in ("min_price", "max_price")}
        return cls(
            **{
                **kept,
                "only": ProductFilter(**{**only, **prices, "brands": tuple(only["brands"])}),
                "seen_policy": SeenPolicy(kept["seen_policy"]),
                "fallback": FallbackPolicy(kept["fallback"]),
                "popularity_window": Window(kept["popularity_window"]),
            }
        )

    def overridden(self, only: ProductFilter, overrides: Overrides) -> Self:
        """Return these settings with what a request says otherwise.

        Raises:
            ValueError: there is no such fallback or seen policy.
        """
        said: dict[str, Any] = {key: each for key, each in overrides.items() if each is not None}
        for name, kind in (("fallback", FallbackPolicy), ("seen_policy", SeenPolicy)):
            if name in said:
                said[name] = kind(said[name])
        if "weights" in said:
            said["weights"] = {**self.weights, **said["weights"]}
        return replace(self, only=self.only.overridden_by(only), **said)


# Answer also where nobody migrated a row, or somebody deleted it.
BUILT_IN = {
    name: ScenarioSettings(name, seen_policy=policy)
    for name, policy in {
        "home": SeenPolicy.HIDE_BOUGHT,
        "product": SeenPolicy.SHOW_ALL,
        "cart": SeenPolicy.SHOW_ALL,
        "category": SeenPolicy.SHOW_ALL,
        "email": SeenPolicy.HIDE_BOUGHT,
        "search": SeenPolicy.SHOW_ALL,
    }.items()
}


def filter_of(row: Any) -> ProductFilter:
    """Return what the columns of a `ProductChoice` choose."""
    attributes = row.attributes if isinstance(row.attributes, dict) else {}
    return ProductFilter(
        category=row.category or None,
        brands=(row.brand,) if row.brand else (),
        min_price=_price(row.min_price),
        max_price=_price(row.max_price),
        attributes={str(name): in_words(each) for name, each in attributes.items()},
    )


def _window(value: str) -> Window:
    return Window(value) if value in set(Window) else Window.MONTH


def _price(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
