"""The shop's rules, ready to be held against products."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db.models import Q

from catalog.models import Category, Product
from fusion.models import Rule
from fusion.serving.filters import ANY, Facts, ProductFilter, in_words
from fusion.serving.results import Note
from fusion.serving.scenarios import filter_of

logger = logging.getLogger(__name__)
# Of two rules of one priority that disagree on a product, the first of these holds.
ORDER = (Rule.Action.HIDE, Rule.Action.PIN, Rule.Action.BURY, Rule.Action.BOOST)
MOST_RULES = 1_000


class Examined:
    """Products that rules are held against, to be found by what most rules name."""

    def __init__(self, products: Sequence[Facts]) -> None:
        self._all = products
        self._by_pk = {each.product_pk: each for each in products}
        self._by_category: dict[int | None, list[Facts]] = {}
        for each in products:
            self._by_category.setdefault(each.category_pk, []).append(each)

    def of(self, rule: "ActiveRule") -> Sequence[Facts]:
        """Return those that the rule's ids or else its categories leave."""
        if rule.product_pks is not None:
            return [self._by_pk[pk] for pk in self._by_pk.keys() & rule.product_pks.keys()]
        if rule.category_pks is not None:
            near = self._by_category.keys() & rule.category_pks
            return [each for category_pk in near for each in self._by_category[category_pk]]
        return self._all


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """One rule.

    Attributes:
        scenarios: names; none means all.
        product_pks: by key, the place in the shop's own order; None where none are named.
        category_pks: None for a rule that names no category.
    """

    pk: int
    name: str
    action: Rule.Action
    place: int
    factor: float
    priority: int
    starts_at: datetime | None
    ends_at: datetime | None
    scenarios: frozenset[str]
    product_pks: Mapping[int, int] | None
    category_pks: frozenset[int] | None
    only: ProductFilter

    def holds(self, scenario: str, now: datetime) -> bool:
        """Say whether the rule counts for this scenario at this moment."""
        return (
            (not self.scenarios or scenario in self.scenarios)
            and (self.starts_at is None or self.starts_at <= now)
            and (self.ends_at is None or now < self.ends_at)
        )

    def matching(self, products: Examined) -> Sequence[Facts]:
        """Return the products that the rule is about, in any order."""
        found, only = products.of(self), self.only
        if self.category_pks is not None:
            found = [each for each in found if each.category_pk in self.category_pks]
        if only.brands:
            found = [each for each in found if each.brand in only.brands]
        if only.min_price is not None or only.max_price is not None:
            found = [each for each in found if self._has_price(each)]
        if only.attributes:
            found = [each for each in found if self._has_attributes(each)]
        return found

    def note(self, **more: str | int | float) -> Note:
        """Return what an answer says of the rule's work."""
        code = {"pin": "pinned", "boost": "boosted", "bury": "buried", "hide": "hidden"}
        return {"code": code[self.action], "rule_id": self.pk, "rule": self.name, **more}

    def _has_price(self, product: Facts) -> bool:
        if product.price is None:
            return False
        lowest, highest = self.only.min_price, self.only.max_price
        return (lowest is None or product.price >= lowest) and (
            highest is None or product.price <= highest
        )

    def _has_attributes(self, product: Facts) -> bool:
        found = orjson.loads(product.attributes or "{}")
        return all(
            name in found and in_words(found[name]) == words
            for name, words in self.only.attributes.items()
        )


def load_rules(*, now: datetime) -> tuple[ActiveRule, ...]:
    """Read the rules that hold or will hold, those that decide first coming first.

    A row that makes no sense, written past the admin, is logged and left out: no rule can
    break an answer.
    """
    ended = Q(ends_at__isnull=False, ends_at__lte=now)
    rows = Rule.objects.filter(is_enabled=True).exclude(ended)
    rows = rows.prefetch_related("scenarios").order_by("-priority", "pk")[:MOST_RULES]
    pk_of, path_of = _products(rows), _categories(rows)
    rules = [rule for row in rows for rule in _compiled(row, pk_of, path_of)]
    return tuple(sorted(rules, key=lambda rule: (-rule.priority, ORDER.index(rule.action))))


def _compiled(
    row: Rule, pk_of: Mapping[str, int], path_of: Mapping[int, str]
) -> Iterator[ActiveRule]:
    try:
        ids = [str(each) for each in row.product_ids]
        only = filter_of(row)
        if not ids and only == ANY:
            raise ValueError("names no products")
        yield ActiveRule(
            pk=row.pk,
            name=row.name,
            action=Rule.Action(row.action),
            place=row.place or 1,
            factor=1.0 if row.factor is None else float(row.factor),
            priority=row.priority,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            scenarios=frozenset(each.name for each in row.scenarios.all()),
            product_pks=_places(ids, pk_of) if ids else None,
            category_pks=_below(only.category, path_of) if only.category else None,
            only=only,
        )
    except (TypeError, ValueError, ArithmeticError) as error:
        logger.warning("serving.bad_rule", extra={"rule": row.pk, "error": str(error)})


def _places(ids: Sequence[str], pk_of: Mapping[str, int]) -> dict[int, int]:
    known = dict.fromkeys(pk_of[each] for each in ids if each in pk_of)
    return {pk: place for place, pk in enumerate(known)}


def _products(rows: Iterable[Rule]) -> dict[str, int]:
    lists = [row.product_ids for row in rows if isinstance(row.product_ids, list)]
    named = {str(each) for ids in lists for each in ids}
    if not named:
        return {}
    return dict(Product.objects.with_external_ids(named).values_list("external_id", "pk"))


def _categories(rows: Iterable[Rule]) -> dict[int, str]:
    asked = Q()
    for path in {row.category for row in rows if row.category}:
        asked |= Q(path=path) | Q(path__startswith=f"{path} > ")
    return dict(Category.objects.filter(asked).values_list("pk", "path")) if asked else {}


def _below(path: str, path_of: Mapping[int, str]) -> frozenset[int]:
    inner = f"{path} > "
    return frozenset(pk for pk, own in path_of.items() if own == path or own.startswith(inner))
