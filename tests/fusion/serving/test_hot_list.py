"""Kept lists, and when they still count."""

from dataclasses import replace

import pytest

from fusion.serving.heartbeat import Fleet
from fusion.serving.hot_list import CATALOGUE_LAG_MS, HotList, key, read, write_command
from fusion.serving.messages import Keep, RankedList, pack_ranked_list

RANKED = RankedList(7, ["behaviour"], [1, 2], [[0.5], [0.25]])
KEPT = HotList(RANKED, history_stamp=5, asked_at_ms=1_000_000)
FLEET = Fleet((7,), catalogue_at_ms=900_000, num_in_time=50)
NOW_MS = 1_000_500


def test_what_is_kept_is_read_back() -> None:
    command = write_command(Keep("key", 5, 1_000_000, seconds=60), pack_ranked_list(RANKED))

    assert read(command[2]) == KEPT  # type: ignore[arg-type]
    assert command[3:] == ("EX", 60)


def test_nothing_kept_is_none() -> None:
    assert read(None) is None


def test_a_list_of_the_same_history_and_version_is_fresh() -> None:
    assert KEPT.is_fresh(FLEET, history_stamp=5, now_ms=NOW_MS)


@pytest.mark.parametrize(
    ("fleet", "history_stamp"),
    [(FLEET, 6), (replace(FLEET, version_ids=(8,)), 5), (replace(FLEET, version_ids=()), 5)],
    ids=["a new event", "another version", "no version"],
)
def test_a_list_of_other_circumstances_is_stale(fleet: Fleet, history_stamp: int) -> None:
    assert not KEPT.is_fresh(fleet, history_stamp=history_stamp, now_ms=NOW_MS)


def test_while_a_promotion_makes_its_way_lists_of_both_versions_are_fresh() -> None:
    assert KEPT.is_fresh(replace(FLEET, version_ids=(7, 8)), history_stamp=5, now_ms=NOW_MS)


def test_a_list_that_does_not_know_the_newest_products_is_fresh_for_a_minute() -> None:
    fleet = replace(FLEET, catalogue_at_ms=1_000_400)
    asked_at = KEPT.asked_at_ms

    assert KEPT.is_fresh(fleet, history_stamp=5, now_ms=asked_at + CATALOGUE_LAG_MS - 1)
    assert not KEPT.is_fresh(fleet, history_stamp=5, now_ms=asked_at + CATALOGUE_LAG_MS)


def test_an_empty_list_has_no_such_minute() -> None:
    empty = replace(KEPT, ranked=replace(RANKED, product_pks=[], contributions=[]))

    assert empty.is_fresh(FLEET, history_stamp=5, now_ms=NOW_MS)
    changed = replace(FLEET, catalogue_at_ms=1_000_400)
    assert not empty.is_fresh(changed, history_stamp=5, now_ms=NOW_MS)


def test_other_circumstances_have_another_key() -> None:
    keys = {key("rank", 1, (2, 3)), key("rank", 1, (3, 2)), key("rank", 12, (3,)), key("x", 1)}

    assert len(keys) == 4
    assert key("rank", 1, (2, 3)) == key("rank", 1, (2, 3))
