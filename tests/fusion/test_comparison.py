"""Two versions side by side, for the same shoppers."""

from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from fusion.comparison import asking, shoppers
from fusion.comparison.asking import compare_versions, request_comparison
from fusion.comparison.lists import change
from fusion.comparison.measured import on_news
from fusion.evaluation.bootstrap import Interval
from fusion.models import ModelVersion, VersionComparison
from tests.admin_shop import make_comparison, make_run, make_version
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from tests.fusion.served_shop import NOW, Shop, shopper_of, write_version

Status = VersionComparison.Status
MINUTE = timedelta(minutes=1)


def test_equal_lists_have_everything_in_common() -> None:
    found = change([[1, 2], [3, 4]], [[1, 2], [3, 4]])

    assert {found.in_common, found.same_first, found.same_list} == {Interval(1.0, 1.0, 1.0)}
    assert (found.gained, found.lost) == ([], [])


def test_what_changes_is_counted_over_all_lists() -> None:
    found = change([[1, 2], [1, 3]], [[2, 1], [4, 3]])

    assert (found.shoppers, found.in_common) == (2, Interval(0.75, 0.5, 1.0))
    assert (found.same_first.mean, found.same_list.mean) == (0.0, 0.0)
    assert found.gained == [(4, 0, 1)]
    assert found.lost == [(1, 2, 1)]


def test_lists_of_nobody_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="no shopper has acted yet"):
        change([], [])


def test_the_difference_is_the_second_minus_the_first_on_the_same_shoppers() -> None:
    found = on_news([1] * 30, [0] * 30)

    assert found["shoppers"] == 30
    assert found["metrics"]["ndcg@10"]["difference"] == {"mean": -1.0, "low": -1.0, "high": -1.0}
    assert found["metrics"]["recall@20"]["first"]["mean"] == 1.0


def test_too_few_shoppers_give_no_metrics() -> None:
    assert on_news([1] * 19, [2] * 19) == {"shoppers": 19, "metrics": {}}


@pytest.mark.django_db
def test_the_test_is_the_last_product_a_shopper_met_for_the_first_time() -> None:
    shopper, [old, new, later] = (
        ShopperFactory.create(),
        [ProductFactory.create() for _ in range(3)],
    )
    for minute, product in enumerate([old, new, later, old]):
        moment = NOON + minute * MINUTE
        EventFactory.create(shopper=shopper, product=product, occurred_at=moment)

    [asked] = shoppers.with_news(10, since=NOON + MINUTE, now=NOON + 9 * MINUTE)

    assert (asked.shopper_pk, asked.target_pk) == (shopper.pk, later.pk)
    assert [entry.product_pk for entry in asked.history] == [old.pk, new.pk]


@pytest.mark.django_db
def test_who_did_nothing_new_since_is_not_tested() -> None:
    event = EventFactory.create(occurred_at=NOON)
    EventFactory.create(shopper=event.shopper, product=event.product, occurred_at=NOON + MINUTE)
    EventFactory.create(occurred_at=NOON + MINUTE)  # a first act: nothing to rank by

    assert shoppers.with_news(10, since=NOON + MINUTE, now=NOON + 2 * MINUTE) == []


@pytest.mark.django_db(transaction=True)
def test_a_request_is_queued_for_a_worker_that_can_load_models(redis_client: Redis) -> None:
    first, second = (make_version(make_run()) for _ in range(2))

    comparison = request_comparison(first, second, requested_by=None, now=NOON)

    assert (comparison.status, redis_client.llen("content")) == ("pending", 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_request_again_finds_the_one_in_progress(redis_client: Redis) -> None:
    first, second = (make_version(make_run()) for _ in range(2))
    waiting = request_comparison(first, second, requested_by=None, now=NOON)

    again = request_comparison(first, second, requested_by=None, now=NOON)
    other_way = request_comparison(second, first, requested_by=None, now=NOON)

    assert again == waiting
    assert other_way != waiting
    assert redis_client.llen("content") == 2


@pytest.mark.django_db(transaction=True)
def test_one_whose_worker_went_silent_makes_room_for_the_next(redis_client: Redis) -> None:
    lost = make_comparison(status=Status.RUNNING, heartbeat_at=NOON)

    later = NOON + 6 * MINUTE
    fresh = request_comparison(lost.first, lost.second, requested_by=None, now=later)

    lost.refresh_from_db()
    assert (lost.status, lost.error) == ("failed", asking.WENT_SILENT)
    assert fresh.status == "pending"


def compared(first: ModelVersion, second: ModelVersion) -> VersionComparison:
    """The comparison of two versions, carried out here."""
    row = VersionComparison.objects.create(first=first, second=second)
    compare_versions(comparison_id=row.pk)
    row.refresh_from_db()
    return row


def test_a_version_differs_in_nothing_from_its_copy(shop: Shop) -> None:
    for number in range(25):
        kind = shop.odd if number % 2 else shop.even
        shopper_of(kind[number % 4 : number % 4 + 4], f"u{number}")
    first = write_version(shop)
    second = write_version(shop, status=ModelVersion.Status.CANDIDATE)

    row = compared(first, second)

    assert (row.status, row.error) == ("succeeded", "")
    result = row.result
    assert (result["lists"]["shoppers"], result["lists"]["same_list"]["low"]) == (25, 1.0)
    assert result["news"]["shoppers"] == 25
    ndcg = result["news"]["metrics"]["ndcg@10"]
    assert ndcg["difference"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert ndcg["first"]["mean"] > 0.2  # 12 of a kind: a guess among 8 gives .4 or so
    sample = result["samples"][0]
    assert len(result["samples"]) == 8
    assert sample["first"] == sample["second"]
    assert set(sample["first"][0]["contributions"]) == {"behaviour", "text", "image"}


def test_a_shop_without_shoppers_says_so(shop: Shop) -> None:
    versions: list[Any] = [write_version(shop), write_version(shop, status="candidate")]

    row = compared(*versions)

    assert (row.status, row.progress < 1) == ("failed", True)
    assert row.error == "Nobody's lists can be compared: no shopper has acted yet."


@pytest.mark.django_db
def test_a_version_that_cannot_be_loaded_is_named(settings: Any, tmp_path: Any) -> None:
    settings.FUSION_ARTIFACT_DIR = tmp_path
    row = make_comparison()

    compare_versions(comparison_id=row.pk)

    row.refresh_from_db()
    assert row.status == "failed"
    assert "has no manifest.json" in row.error


@pytest.mark.django_db
def test_a_second_delivery_changes_nothing() -> None:
    row = make_comparison(status=Status.SUCCEEDED, result={"lists": 1}, finished_at=NOW)

    compare_versions(comparison_id=row.pk)

    row.refresh_from_db()
    assert (row.status, row.result) == ("succeeded", {"lists": 1})
