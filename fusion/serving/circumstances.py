"""What the database knows of a request for recommendations before anything is ranked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from catalog.models import Product
from fusion.models import SeenPolicy
from fusion.serving import hot_list
from fusion.serving.filters import ANY, Conditions, category_pks, keys_of
from fusion.serving.messages import Question
from fusion.serving.scenarios import ScenarioSettings
from users.history import (
    KIND_WEIGHT,
    LENGTH,
    Act,
    HistoryEntry,
    KnownShopper,
    acted_on,
    history_of,
    history_stamp,
    known_shopper,
    last_acts,
)
from users.models import EventKind
from users.presumed import Presumed, remember, remembered

RANKED = 200  # products of one ranked list: the largest answer, and what filters may take
MOST_CANDIDATES = 50_000  # products of a filter that the model is asked to rank
MOST_SEEN = 2_000
# An act of a client whose clock is fast has happened all the same.
CLOCK_SKEW = timedelta(minutes=10)


@dataclass(frozen=True)
class Circumstances:
    """A request, resolved.

    Attributes:
        settings: of the scenario, with what the request says otherwise.
        shopper: None for nobody we know.
        looked_at: the context as acts, newest last.
        excluded_ids: what the caller does not want ranked.
        conditions: what each shown product meets.
        before: events from then on count for nothing.
    """

    settings: ScenarioSettings
    shopper: KnownShopper | None
    looked_at: tuple[HistoryEntry, ...]
    excluded_ids: frozenset[str]
    conditions: Conditions
    before: datetime

    @property
    def shopper_pk(self) -> int | None:
        """Return the shopper's key; None for nobody we know."""
        return self.shopper.pk if self.shopper else None

    @property
    def history_stamp(self) -> int:
        """Return the stamp of the shopper's history; 0 without any."""
        return self.shopper.history_stamp if self.shopper else 0

    @property
    def context_pks(self) -> tuple[int, ...]:
        """Return the products the shopper looks at right now."""
        return tuple(each.product_pk for each in self.looked_at)

    @cached_property
    def history(self) -> tuple[HistoryEntry, ...]:
        """The shopper's acts and then the context, oldest first; read when first asked for."""
        return (*history_of(self._acts), *self.looked_at)

    @cached_property
    def _acts(self) -> list[Act]:
        if self.shopper is None or not self.shopper.history_stamp:
            return []
        return last_acts(self.shopper.pk, before=self.before)

    def is_of_somebody(self) -> bool:
        """Say whether there is any act, of the shopper or in the context."""
        return bool(self.history_stamp or self.looked_at)

    def hot_list_key(self, *, with_evidence: bool = False) -> str:
        """Return the key of the list kept for the same question, whatever the scenario.

        What is decided after ranking (rules, caps, exploration) is no part of it.
        """
        return hot_list.key(
            "rank",
            self.context_pks,
            self.settings.only.key(),
            sorted(self.excluded_ids),
            self.settings.seen_policy,
            sorted(self.settings.weights.items()),
            self.settings.diversity,
            with_evidence,
            shopper_pk=self.shopper_pk,
        )

    @property
    def hot_list_seconds(self) -> int:
        """Return how long the answer is kept: briefly, where only this page asks like this."""
        is_passing = bool(self.context_pks or self.excluded_ids or self.settings.only != ANY)
        return hot_list.lifetime_s(is_passing=is_passing)

    def question(self, *, with_evidence: bool = False) -> Question:
        """Return what the model is asked; reads what only the model needs to know."""
        return Question(
            kind="rank",
            k=RANKED,
            history=[(e.product_pk, e.weight, e.occurred_at) for e in self.history],
            exclude=[*self.context_pks, *self._hidden_pks()],
            candidates=self._candidate_pks(),
            branch_weights=self.settings.weights or None,
            diversity=self.settings.diversity,
            with_evidence=with_evidence,
        )

    def place_question(self, product_pk: int) -> Question:
        """Return the question which place one product has, and why."""
        ranking = self.question(with_evidence=True)
        return replace(ranking, kind="place", product_pk=product_pk, diversity=0.0)

    def presuming(
        self, history_stamp: int, *, user_id: str | None, visitor_id: str | None
    ) -> "Circumstances":
        """Return them with a history to be proved together with the products shown."""
        shopper = KnownShopper(self.shopper_pk or 0, history_stamp)
        presumed = Presumed(user_id, visitor_id, self.before, shopper)
        conditions = replace(self.conditions, presumed=presumed)
        return replace(self, shopper=shopper, conditions=conditions)

    def nearby_categories(self) -> frozenset[int] | None:
        """Return the categories an answer without the model should come from, if any."""
        if self.conditions.category_pks is not None or not self.history:
            return self.conditions.category_pks
        last = Product.objects.filter(pk=self.history[-1].product_pk)
        return frozenset(last.exclude(category=None).values_list("category_id", flat=True)) or None

    def _hidden_pks(self) -> list[int]:
        """Return products that would be filtered out: the model need not spend places on them."""
        hidden = keys_of(self.excluded_ids) if self.excluded_ids else []
        policy = self.settings.seen_policy
        if self.shopper_pk is not None and policy != SeenPolicy.SHOW_ALL:
            hidden += self._acted_on(
                EventKind.PURCHASE if policy == SeenPolicy.HIDE_BOUGHT else None
            )
        return hidden

    def _acted_on(self, kind: EventKind | None) -> list[int]:
        """Return the products of all acts, or of all of one kind."""
        if len(self._acts) < LENGTH:  # these are all
            return [act.product_pk for act in self._acts if kind in (None, act.kind)]
        assert self.shopper_pk is not None
        return acted_on(self.shopper_pk, before=self.before, kind=kind, most=MOST_SEEN)

    def _candidate_pks(self) -> list[int] | None:
        if not self.conditions.restricts():
            return None
        return self.conditions.matching(MOST_CANDIDATES)


def read_circumstances(
    *,
    user_id: str | None,
    visitor_id: str | None,
    settings: ScenarioSettings,
    exclude_product_ids: Sequence[str] = (),
    context_product_ids: Sequence[str] = (),
    shown_product_ids: Sequence[str] = (),
    shopper: KnownShopper | None = None,
    now: datetime,
) -> Circumstances:
    """Look up the products of the context, and the shopper unless it is known who it is."""
    before = now + CLOCK_SKEW
    if shopper is None:
        shopper = known_shopper(user_id=user_id, visitor_id=visitor_id, before=before)
    if shopper is not None:
        remember(shopper.pk, user_id=user_id, visitor_id=visitor_id)
    return _circumstances(
        shopper,
        settings=settings,
        exclude_product_ids=exclude_product_ids,
        context_product_ids=context_product_ids,
        shown_product_ids=shown_product_ids,
        now=now,
        before=before,
    )


def presumed_circumstances(
    *,
    user_id: str | None,
    visitor_id: str | None,
    settings: ScenarioSettings,
    shown_product_ids: Sequence[str],
    now: datetime,
) -> Circumstances | None:
    """Return what is presumed of a request that names no products, without any look-up."""
    pk = remembered(user_id=user_id, visitor_id=visitor_id)
    if pk is None or settings.only != ANY:
        return None
    return _circumstances(
        KnownShopper(pk, 0),
        settings=settings,
        exclude_product_ids=(),
        context_product_ids=(),
        shown_product_ids=shown_product_ids,
        now=now,
        before=now + CLOCK_SKEW,
    )


def circumstances_of(
    shopper_pk: int | None,
    *,
    settings: ScenarioSettings,
    exclude_product_ids: Sequence[str],
    context_product_ids: Sequence[str],
    now: datetime,
    before: datetime,
) -> Circumstances:
    """Resolve a request of a shopper we know by key.

    Args:
        before: events from then on are none of its history.
    """
    shopper = None
    if shopper_pk:
        shopper = KnownShopper(shopper_pk, history_stamp(shopper_pk, before=before))
    return _circumstances(
        shopper,
        settings=settings,
        exclude_product_ids=exclude_product_ids,
        context_product_ids=context_product_ids,
        shown_product_ids=(),
        now=now,
        before=before,
    )


def _circumstances(
    shopper: KnownShopper | None,
    *,
    settings: ScenarioSettings,
    exclude_product_ids: Sequence[str],
    context_product_ids: Sequence[str],
    shown_product_ids: Sequence[str],
    now: datetime,
    before: datetime,
) -> Circumstances:
    moment, weight = int(now.timestamp()), KIND_WEIGHT[EventKind.VIEW]
    context_pks = _pks_in_order(context_product_ids)
    excluded = frozenset([*exclude_product_ids, *context_product_ids])
    hidden = excluded.union(shown_product_ids)
    return Circumstances(
        settings=settings,
        shopper=shopper,
        looked_at=tuple(HistoryEntry(pk, weight, moment) for pk in context_pks),
        excluded_ids=excluded,
        conditions=conditions_of(settings, shopper.pk if shopper else None, hidden),
        before=before,
    )


def conditions_of(
    settings: ScenarioSettings, shopper_pk: int | None, excluded_ids: frozenset[str]
) -> Conditions:
    """Return what each shown product meets."""
    category = settings.only.category
    return Conditions(
        excluded_ids=excluded_ids,
        category_pks=category_pks(category) if category is not None else None,
        shopper_pk=shopper_pk,
        seen_policy=settings.seen_policy,
        only=settings.only,
    )


def _pks_in_order(external_ids: Sequence[str]) -> tuple[int, ...]:
    if not external_ids:
        return ()
    products = Product.objects.known().with_external_ids(external_ids)
    pk_of = dict(products.values_list("external_id", "pk"))
    return tuple(pk_of[each] for each in dict.fromkeys(external_ids) if each in pk_of)
