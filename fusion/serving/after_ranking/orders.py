"""What the shop wants of one answer, and what that means for a handful of products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fusion.models import Rule
from fusion.serving.after_ranking.rules import ActiveRule, Examined
from fusion.serving.filters import Facts
from fusion.serving.ladder import Candidate
from fusion.serving.results import rounded
from fusion.serving.scenarios import ScenarioSettings

RULES = "rules"  # the part of a score that boosts add


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of some products.

    Attributes:
        decided: by product key, the pin, bury or hide rule that holds.
        boosts: by product key, the boosts that hold.
    """

    decided: Mapping[int, ActiveRule] = field(default_factory=dict)
    boosts: Mapping[int, list[ActiveRule]] = field(default_factory=dict)

    def is_hidden(self, product_pk: int) -> bool:
        """Say whether a rule hides the product."""
        rule = self.decided.get(product_pk)
        return rule is not None and rule.action == Rule.Action.HIDE

    def is_buried(self, product_pk: int) -> bool:
        """Say whether a rule buries the product."""
        rule = self.decided.get(product_pk)
        return rule is not None and rule.action == Rule.Action.BURY


@dataclass(frozen=True, slots=True)
class Orders:
    """Rules and settings of one answer.

    Attributes:
        rules: those that hold now, the ones that decide first coming first.
        seed: of what is left to chance.
    """

    settings: ScenarioSettings
    rules: tuple[ActiveRule, ...] = ()
    seed: int = 0

    def need_attributes(self) -> bool:
        """Say whether a rule looks at attributes."""
        return any(rule.only.attributes for rule in self.rules)

    def move(self) -> bool:
        """Say whether a rule can change the order of products."""
        return any(rule.action == Rule.Action.BOOST for rule in self.rules)

    def verdict(self, products: Sequence[Facts]) -> Verdict:
        """Hold all rules against these products.

        Boosts add up; of the others, the first one that matches a product decides.
        """
        decided: dict[int, ActiveRule] = {}
        boosts: dict[int, list[ActiveRule]] = {}
        examined = Examined(products)
        for rule in self.rules:
            for product in rule.matching(examined):
                if rule.action == Rule.Action.BOOST:
                    boosts.setdefault(product.product_pk, []).append(rule)
                else:
                    decided.setdefault(product.product_pk, rule)
        return Verdict(decided, boosts)


def boosted(candidate: Candidate, boosts: Sequence[ActiveRule]) -> Candidate:
    """Return the candidate with boosts in its score.

    A factor of 2 adds the size of the score once more, so that a score below zero rises too.
    """
    size = abs(sum(candidate.contributions.values()))
    factor = 1.0
    for rule in boosts:
        factor *= rule.factor
    added = {RULES: rounded((min(factor, 1e6) - 1) * size)}
    notes = tuple(rule.note(factor=rule.factor) for rule in boosts)
    return candidate._replace(
        contributions={**candidate.contributions, **added},
        reasons=(*candidate.reasons, *notes),
    )
