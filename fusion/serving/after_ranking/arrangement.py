"""One answer while it is put together: candidates come in, places are given out.

Whatever the rules say, no product appears twice, none that may not be shown appears, and the
answer is as long as there are products: buried products and those over a cap come last instead
of going missing.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from catalog.statements import Row
from fusion.models import Rule
from fusion.serving.after_ranking.caps import Caps
from fusion.serving.after_ranking.exploration import explorable_products
from fusion.serving.after_ranking.orders import Orders, Verdict, boosted
from fusion.serving.after_ranking.rules import ActiveRule
from fusion.serving.evidence_names import nearest_pks
from fusion.serving.filters import Conditions, Facts
from fusion.serving.ladder import Candidate, StepCandidates
from fusion.serving.results import Evidence, Note, Result, Step, rounded

# Read with each chunk beyond what is missing, for those that may not be shown.
SPARE = 10
AT_ONCE = 40  # candidates at least among which boosts change the order
MOST_CANDIDATES = 20_000  # of one step; bounds the search when few of them may be shown


class Placed(NamedTuple):
    """A candidate that will be shown."""

    step: Step
    candidate: Candidate
    facts: Facts

    def because(self, *notes: Note) -> "Placed":
        """Return it with more reasons."""
        known = self.candidate
        more = known._replace(reasons=(*known.reasons, *notes))
        return self._replace(candidate=more)

    def reasons(self) -> tuple[Note, ...]:
        """Return what is to be said of its place."""
        return self.candidate.reasons

    def score(self) -> float:
        """Return the sum of the contributions."""
        return sum(self.candidate.contributions.values(), 0.0)

    def result(self, rank: int, evidence: dict[str, Evidence]) -> Result:
        """Return it as it is answered."""
        return Result(
            product_id=self.facts.product_id,
            rank=rank,
            score=rounded(self.score()),
            source=self.step,
            contributions=self.candidate.contributions,
            reasons=self.candidate.reasons,
            evidence=evidence,
        )


class Arrangement:
    """The places of one answer.

    Args:
        limit: places to fill.

    Attributes:
        id_of: ids of the products that are evidence for the candidates, by key.
        examined: keys of all products that were looked at.
        rows: what the database said of them.
    """

    def __init__(self, conditions: Conditions, orders: Orders, limit: int) -> None:
        self._conditions = conditions
        self._orders = orders
        self._limit = limit
        self._with_attributes = orders.need_attributes()
        self._caps = Caps(orders.settings)
        self._known: set[int] = set()  # examined: nothing is examined twice
        self._pinned: dict[int, Placed] = {}
        self._pins: dict[int, int] = {}  # place, from 0, to product
        self._pin_rules = [rule for rule in orders.rules if rule.action == Rule.Action.PIN]
        self._taken: list[Placed] = []
        self._buried: list[Placed] = []
        self._over: list[Placed] = []
        self.id_of: dict[int, str] = {}
        self.examined: set[int] = set()
        self.rows: list[Row] = []

    def is_full(self) -> bool:
        """Say whether further candidates could change anything."""
        return len(self._taken) >= self._limit - len(self._pins)

    def fill_from(self, step: Step, candidates: Iterable[Candidate]) -> None:
        """Take what may be shown, until all places are taken."""
        bounded = islice(candidates, MOST_CANDIDATES)
        missing = self._limit - len(self._taken) + SPARE
        size = max(AT_ONCE, missing) if self._orders.move() else missing
        while not self.is_full() and (chunk := list(islice(bounded, size))):
            self._take(step, [each for each in chunk if each.product_pk not in self._known])
            size *= 2

    def placed(self) -> list[Placed]:
        """Return the answer, best place first."""
        if self._pin_rules:  # there was no candidate at all
            self._take(Step.NONE, [])
        self._fill_up()
        explored = self._explored()
        slots: list[Placed | None] = [None] * self._limit
        for place, product_pk in self._pins.items():
            slots[place] = self._pinned[product_pk]
        for place, each in explored.items():
            slots[place] = each
        others = iter(self._taken)
        filled = [slot or next(others, None) for slot in slots]
        return [each for each in filled if each is not None]

    def _pin(self, shown: Mapping[int, Facts], verdict: Verdict) -> None:
        """Keep places for those of the pinned products that may be shown."""
        for rule in self._pin_rules:
            for product_pk, after in (rule.product_pks or {}).items():
                if product_pk in shown and verdict.decided.get(product_pk) is rule:
                    self._pin_one(shown[product_pk], rule, rule.place + after)
        self._pin_rules = []

    def _pin_one(self, facts: Facts, rule: ActiveRule, place: int) -> None:
        free = (n for n in range(place - 1, self._limit) if n not in self._pins)
        at = next(free, None)
        if at is None:
            return  # beyond this answer: then it is a product like any other
        placed = Placed(Step.PINNED, Candidate(facts.product_pk, {}), facts)
        self._pins[at] = facts.product_pk
        self._pinned[facts.product_pk] = placed.because(rule.note(place=at + 1))
        self._caps.count(facts)

    def _examine(
        self, product_pks: Iterable[int], evidence_pks: Collection[int] = ()
    ) -> tuple[dict[int, Facts], Verdict]:
        wanted = set(product_pks)
        rows = self._conditions.look(
            wanted.union(evidence_pks), with_attributes=self._with_attributes
        )
        shown = {row[1]: Facts(*row[1:]) for row in rows if row[0] and row[1] in wanted}
        self.examined.update(wanted, evidence_pks)
        self.rows += rows
        if evidence_pks:
            self.id_of |= {row[1]: row[2] for row in rows}
        if not self._orders.rules:
            return shown, Verdict()
        return shown, self._orders.verdict(list(shown.values()))

    def _take(self, step: Step, chunk: Sequence[Candidate]) -> None:
        """Give places to the best of these; the first time, pins get theirs before."""
        pinned = {pk for rule in self._pin_rules for pk in rule.product_pks or ()}
        shown, verdict = self._examine(
            pinned.union(each.product_pk for each in chunk),
            nearest_pks(each.nearest for each in chunk if each.nearest),
        )
        self._pin(shown, verdict)
        found = list(self._found(step, chunk, shown, verdict))
        if any(each.candidate.product_pk in verdict.boosts for each in found):
            found.sort(key=Placed.score, reverse=True)  # stable: ties keep their order
        for placed in found:
            if self.is_full():
                break
            self._offer(placed, verdict)

    def _found(
        self,
        step: Step,
        chunk: Sequence[Candidate],
        shown: Mapping[int, Facts],
        verdict: Verdict,
    ) -> Iterator[Placed]:
        """Give those that may be shown and are neither hidden nor pinned."""
        for candidate in chunk:
            product_pk = candidate.product_pk
            facts = shown.get(product_pk)
            if facts is None or product_pk in self._known:
                continue
            self._known.add(product_pk)
            if product_pk in verdict.boosts:
                candidate = boosted(candidate, verdict.boosts[product_pk])
            if product_pk in self._pinned:
                placed = Placed(step, candidate, facts)
                self._pinned[product_pk] = placed.because(*self._pinned[product_pk].reasons())
            elif product_pk not in verdict.decided or not verdict.is_hidden(product_pk):
                yield Placed(step, candidate, facts)

    def _offer(self, placed: Placed, verdict: Verdict) -> None:
        """Give a place to one candidate, or keep it for the end."""
        product_pk = placed.facts.product_pk
        if verdict.is_buried(product_pk):
            self._buried.append(placed.because(verdict.decided[product_pk].note()))
        else:
            self._take_one(placed)

    def _take_one(self, placed: Placed) -> None:
        if self.is_full():
            return
        cap = self._caps.full(placed.facts)
        if cap:
            self._over.append(placed.because({"code": "over_cap", "cap": cap}))
            return
        self._caps.count(placed.facts)
        self._taken.append(placed)

    def _fill_up(self) -> None:
        """Let those in that had to wait."""
        for placed in self._buried:
            self._take_one(placed)
        missing = self._limit - len(self._pins) - len(self._taken)
        self._taken += self._over[: max(missing, 0)]

    def _explored(self) -> dict[int, Placed]:
        """Return products nobody knows yet, by the places they get; never the first place."""
        share = self._orders.settings.exploration
        if share <= 0:
            return {}
        rng = random.Random(self._orders.seed)  # noqa: S311
        free = [place for place in range(1, self._limit) if place not in self._pins]
        wanted = min(int(share * self._limit + rng.random()), len(free))
        found = self._explorable(wanted, rng)
        places = sorted(rng.sample(free, len(found)))
        return dict(zip(places, found, strict=True))

    def _explorable(self, wanted: int, rng: random.Random) -> list[Placed]:
        held = self._pinned.keys() | {each.facts.product_pk for each in self._taken}
        pool = [pk for pk in explorable_products() if pk not in held]
        drawn = rng.sample(pool, min(len(pool), 3 * wanted))
        shown, verdict = self._examine(drawn)
        found = [
            Placed(Step.EXPLORED, Candidate(pk, {}), shown[pk]).because({"code": "explored"})
            for pk in drawn
            if pk in shown and pk not in verdict.decided
        ]
        return found[:wanted]


class Filled(NamedTuple):
    """An answer's products, and all that the database said for them.

    Attributes:
        id_of: ids of the evidence for them, by key.
        examined: keys of all products that were looked at.
        rows: what was found of them, see `Conditions.look`.
    """

    placed: list[Placed]
    id_of: dict[int, str]
    examined: set[int]
    rows: list[Row]


def fill(
    steps: Iterable[StepCandidates], conditions: Conditions, orders: Orders, *, limit: int
) -> Filled:
    """Take what may be shown from step after step, until there are `limit` products."""
    arrangement = Arrangement(conditions, orders, limit)
    for step, candidates in steps:
        arrangement.fill_from(step, candidates)
        if arrangement.is_full():
            break  # before the next step is even looked for
    placed = arrangement.placed()
    return Filled(placed, arrangement.id_of, arrangement.examined, arrangement.rows)
