"""From candidates to places: what always holds, and what each order does."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.models import Category, Product
from fusion.models import Rule
from fusion.serving.after_ranking.arrangement import fill
from fusion.serving.after_ranking.exploration import explorable_cache
from fusion.serving.after_ranking.orders import Orders
from fusion.serving.after_ranking.rules import load_rules
from fusion.serving.filters import Conditions
from fusion.serving.ladder import Candidate
from fusion.serving.results import Result, Step, rounded
from fusion.serving.scenarios import ScenarioSettings

NUM = 12
BRANDS = ("Acme", "Bolt", "")
KINDS = ("Lamps", "Rugs")


def make_products() -> list[Product]:
    """p00 to p11: brands and categories go round; p10 and p11 are switched off."""
    categories = [Category.objects.create(path=name, name=name) for name in KINDS]
    return Product.objects.bulk_create(
        Product(
            external_id=f"p{number:02}",
            brand=BRANDS[number % 3],
            category=categories[number % 2],
            price=number,
            attributes={"colour": "red" if number % 4 == 0 else "blue", "new": number > 5},
            is_available=number < 10,
        )
        for number in range(NUM)
    )


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert [str(rounded(score)) for score in (-0.0, -1e-9, -1e-6)] == ["0.0", "0.0", "-1e-06"]


def arranged(products: Sequence[Product], *, limit: int, **values: Any) -> list[Result]:
    """Rank all products in their order under the rules there are, then popular ones backwards."""
    orders = Orders(ScenarioSettings("home", **values), load_rules(now=timezone.now()), seed=7)
    scores = {product.pk: 20.0 - place for place, product in enumerate(products)}
    ranked = [Candidate(pk, {"behaviour": score - 1, "text": 1.0}) for pk, score in scores.items()]
    steps = [(Step.MODEL, ranked), (Step.POPULAR, [Candidate(pk, {}) for pk in reversed(scores)])]
    placed = fill(steps, Conditions(), orders, limit=limit).placed
    return [each.result(rank, {}) for rank, each in enumerate(placed, start=1)]


def ids(results: Sequence[Result]) -> list[str]:
    return [each.product_id for each in results]


@pytest.fixture
def products(db: None) -> list[Product]:
    return make_products()


def rule(action: str, **values: Any) -> Rule:
    return Rule.objects.create(name=values.pop("name", action), action=action, **values)


def codes(result: Result) -> list[Any]:
    return [each["code"] for each in result.reasons]


# --- Each order ------------------------------------------------------------------


def test_without_orders_the_order_is_the_models(products: list[Product]) -> None:
    assert ids(arranged(products, limit=4)) == ["p00", "p01", "p02", "p03"]


def test_a_boost_adds_to_the_score_and_says_so(products: list[Product]) -> None:
    rule("boost", factor=2, product_ids=["p03"])

    first = arranged(products, limit=4)[0]

    assert (first.product_id, first.score) == ("p03", 34.0)
    assert first.contributions == {"behaviour": 16.0, "text": 1.0, "rules": 17.0}
    assert first.reasons[0]["code"] == "boosted"
    assert first.reasons[0]["factor"] == 2


def test_a_boost_raises_a_score_below_zero_too(products: list[Product]) -> None:
    rule("boost", factor=3, product_ids=["p01"])
    orders = Orders(ScenarioSettings("home"), load_rules(now=timezone.now()))
    low = [Candidate(products[0].pk, {"text": -1.0}), Candidate(products[1].pk, {"text": -2.0})]

    placed = fill([(Step.MODEL, low)], Conditions(), orders, limit=2).placed

    assert [each.facts.product_id for each in placed] == ["p01", "p00"]
    assert placed[0].score() == 2.0


def test_a_pin_lands_at_its_place_and_the_next_ones_follow(products: list[Product]) -> None:
    rule("pin", place=2, product_ids=["p09", "p07"])

    results = arranged(products, limit=5)

    assert ids(results) == ["p00", "p09", "p07", "p01", "p02"]
    assert results[1].reasons[0]["place"] == 2
    assert (results[1].source, results[1].score) == (Step.MODEL, 11.0)


def test_a_pin_of_what_nobody_ranked_is_shown_all_the_same(products: list[Product]) -> None:
    rule("pin", place=1, product_ids=["p09"])

    first = arranged(products[:3], limit=3)[0]

    assert (first.product_id, first.source, first.score) == ("p09", Step.PINNED, 0.0)


def test_a_pin_of_a_product_switched_off_changes_nothing(products: list[Product]) -> None:
    rule("pin", place=1, product_ids=["p11", "p04"])

    assert ids(arranged(products, limit=3)) == ["p00", "p04", "p01"]


def test_of_two_pins_for_a_place_the_higher_priority_has_it(products: list[Product]) -> None:
    rule("pin", place=1, product_ids=["p05"])
    rule("pin", place=1, product_ids=["p06"], priority=1)

    assert ids(arranged(products, limit=3)) == ["p06", "p05", "p00"]


def test_a_hidden_brand_is_gone_from_every_step(products: list[Product]) -> None:
    rule("hide", brand="Acme")

    assert ids(arranged(products, limit=NUM)) == ["p01", "p02", "p04", "p05", "p07", "p08"]


def test_a_higher_pin_beats_a_hide(products: list[Product]) -> None:
    rule("hide", brand="Acme")
    rule("pin", place=1, product_ids=["p03"], priority=5)

    assert ids(arranged(products, limit=2)) == ["p03", "p01"]


def test_buried_products_come_after_all_others(products: list[Product]) -> None:
    rule("bury", category="Lamps")

    results = arranged(products, limit=10)

    assert ids(results)[:5] == ["p01", "p03", "p05", "p07", "p09"]
    assert ids(results)[5:] == ["p00", "p02", "p04", "p06", "p08"]
    assert codes(results[5]) == ["buried"]


@pytest.mark.parametrize(
    ("choice", "gone"),
    [
        ({"min_price": "8"}, {"p08", "p09"}),
        ({"max_price": "1"}, {"p00", "p01"}),
        ({"attributes": {"colour": "red"}}, {"p00", "p04", "p08"}),
        ({"attributes": {"new": True}, "brand": "Acme"}, {"p06", "p09"}),
        ({"category": "Rugs", "max_price": "3"}, {"p01", "p03"}),
    ],
)
def test_rules_match_by_what_they_name(
    products: list[Product], choice: dict[str, Any], gone: set[str]
) -> None:
    rule("hide", **choice)

    everything = {f"p{number:02}" for number in range(10)}
    assert everything - set(ids(arranged(products, limit=NUM))) == gone


def test_caps_let_others_go_first_and_lose_nothing(products: list[Product]) -> None:
    results = arranged(products, limit=10, max_per_brand=1)

    # p02, p05 and p08 have no brand.
    assert ids(results) == ["p00", "p01", "p02", "p05", "p08", "p03", "p04", "p06", "p07", "p09"]
    assert codes(results[5]) == ["over_cap"]


def test_a_rule_that_makes_no_sense_is_left_out(
    products: list[Product], caplog: pytest.LogCaptureFixture
) -> None:
    rule("hide")  # would hide the whole shop
    rule("hide", product_ids=7)
    rule("boost", factor=2, attributes=["red"])

    assert len(arranged(products, limit=NUM)) == 10
    assert caplog.text.count("serving.bad_rule") == 3


def test_exploration_gives_a_share_of_the_places_away(products: list[Product]) -> None:
    results = arranged(products[:6], limit=6, exploration=0.5)

    explored = [each for each in results if each.source == Step.EXPLORED]
    assert len(explored) == 3
    assert {codes(each)[0] for each in explored} == {"explored"}
    assert results[0].product_id == "p00"
    assert results == arranged(products[:6], limit=6, exploration=0.5)


# --- What always holds -----------------------------------------------------------

NUMBERS = st.integers(0, NUM - 1).map(lambda number: f"p{number:02}")
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "action": st.sampled_from(["pin", "boost", "bury", "hide"]),
            "place": st.integers(1, 15),
            "factor": st.floats(0, 100),
            "priority": st.integers(-2, 2),
            "product_ids": st.lists(NUMBERS, max_size=4),
            "brand": st.sampled_from(["", "", "Acme", "Bolt"]),
            "category": st.sampled_from(["", "", "Lamps"]),
        }
    ),
    max_size=6,
)


class AlwaysTest(TestCase):
    """Any rules, caps and share of exploration."""

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        rules=RULES,
        limit=st.integers(1, 14),
        cap=st.none() | st.integers(1, 3),
        exploration=st.sampled_from([0.0, 0.0, 0.3, 1.0]),
    )
    def test_no_product_is_lost_doubled_or_shown_against_the_rules(
        self, rules: list[dict[str, Any]], limit: int, cap: int | None, exploration: float
    ) -> None:
        explorable_cache.forget()
        products = make_products()
        for number, values in enumerate(rules):
            rule(name=f"rule {number}", **values)
        orders = Orders(ScenarioSettings("home"), load_rules(now=timezone.now()))
        shown = Conditions().showable([product.pk for product in products])
        verdict = orders.verdict(list(shown.values()))
        may_appear = {each.product_id for pk, each in shown.items() if not verdict.is_hidden(pk)}

        results = arranged(
            products, limit=limit, max_per_brand=cap, max_per_category=cap, exploration=exploration
        )

        found = Counter(ids(results))
        assert set(found) <= may_appear
        assert set(found.values()) <= {1}
        assert len(results) == min(limit, len(may_appear))
        for result in results:
            assert abs(sum(result.contributions.values()) - result.score) < 1e-5
            for note in result.reasons:
                if note["code"] == "pinned" and len(results) == limit:
                    assert result.rank == note["place"]
