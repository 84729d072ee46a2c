"""Contributions as bars."""

import pytest

from demo.bars import Scale, make_bars


def test_bars_of_a_shelf_share_one_scale() -> None:
    shelf = [{"behaviour": 3.0, "text": 1.0}, {"behaviour": 1.5, "text": 0.0}]
    scale = Scale.of(shelf)

    first, second = (make_bars(one, scale) for one in shelf)

    assert [bar.width for bar in first.bars] == [100.0, 33.33]
    assert [bar.width for bar in second.bars] == [50.0, 0.0]


def test_a_negative_contribution_goes_left_of_zero() -> None:
    contributions = {"behaviour": 3.0, "image": -1.0}

    bars = make_bars(contributions, Scale.of([contributions]))

    assert bars.zero == 25.0
    assert [(bar.branch, bar.x, bar.width) for bar in bars.bars] == [
        ("behaviour", 25.0, 75.0),
        ("image", 0.0, 25.0),
    ]
    assert bars.spoken == "behaviour +3.00, image -1.00"


def test_branches_are_drawn_in_one_order_and_unknown_ones_last() -> None:
    contributions = {"audio": 1.0, "image": 1.0, "behaviour": 1.0}

    bars = make_bars(contributions, Scale.of([contributions]))

    assert [bar.branch for bar in bars.bars] == ["behaviour", "image", "audio"]


@pytest.mark.parametrize("contributions", [{}, {"behaviour": 0.0}])
def test_nothing_contributed_draws_nothing(contributions: dict[str, float]) -> None:
    bars = make_bars(contributions, Scale.of([contributions]))

    assert [bar.width for bar in bars.bars] == [0.0] * len(contributions)
