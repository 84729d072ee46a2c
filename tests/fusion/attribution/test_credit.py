"""Which answer gets the credit."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from fusion.attribution.credit import Act, Outcome, Shown, give_credit
from tests.factories import NOON

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)
ADA, LAMP, MUG = 1, 10, 11
ANSWERS = {FIRST: Shown({LAMP}, NOON), SECOND: Shown({LAMP, MUG}, NOON + HOUR)}


def act(answer: uuid.UUID | None = None, *, after: timedelta, **values: Any) -> Act:
    told = {"shopper_pk": ADA, "product_pk": LAMP} | values
    return Act(occurred_at=NOON + after, recommendation_id=answer, **told)


def credit(touches: list[Act], purchases: list[Act]) -> dict[uuid.UUID, Outcome]:
    return give_credit(ANSWERS, touches, purchases, within=WEEK)


def test_the_last_answer_on_the_way_gets_the_purchase() -> None:
    touches = [act(FIRST, after=HOUR), act(SECOND, after=2 * HOUR)]
    bought = act(after=3 * HOUR, amount=Decimal(20))

    assert credit(touches, [bought]) == {
        FIRST: Outcome({LAMP}),
        SECOND: Outcome({LAMP}, 1, Decimal(20)),
    }


def test_a_click_after_the_purchase_gets_nothing() -> None:
    touches = [act(FIRST, after=HOUR), act(SECOND, after=3 * HOUR)]

    outcomes = credit(touches, [act(after=2 * HOUR)])

    assert (outcomes[FIRST].num_purchases, outcomes[SECOND].num_purchases) == (1, 0)


def test_a_purchase_that_names_its_answer_is_its_own_click() -> None:
    bought = act(FIRST, after=HOUR, amount=Decimal(5))

    assert credit([bought], [bought]) == {FIRST: Outcome({LAMP}, 1, Decimal(5))}


def test_many_views_are_one_click_and_two_purchases_are_two() -> None:
    touches = [act(FIRST, after=HOUR * number) for number in range(1, 5)]
    bought = [act(after=HOUR * number, amount=Decimal(3)) for number in (5, 6)]

    assert credit(touches, bought) == {FIRST: Outcome({LAMP}, 2, Decimal(6))}


def test_what_the_answer_did_not_show_is_no_click_of_it() -> None:
    assert credit([act(FIRST, after=HOUR, product_pk=MUG)], []) == {}


def test_an_answer_nobody_knows_gets_nothing() -> None:
    assert credit([act(uuid.UUID(int=3), after=HOUR)], [act(after=HOUR)]) == {}


def test_another_shopper_owes_the_answer_nothing() -> None:
    outcomes = credit([act(FIRST, after=HOUR)], [act(after=2 * HOUR, shopper_pk=2)])

    assert outcomes == {FIRST: Outcome({LAMP})}


def test_after_a_week_nothing_counts() -> None:
    late_click = act(FIRST, after=WEEK)
    early_click, late_purchase = act(FIRST, after=HOUR), act(after=WEEK)

    assert credit([late_click], [late_purchase]) == {}
    assert credit([early_click], [late_purchase]) == {FIRST: Outcome({LAMP})}
