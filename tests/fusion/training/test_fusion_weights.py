"""The fitted weights on choices whose answer is known."""

import torch

from fusion.network.late_fusion import LateFusion
from fusion.training.fusion_problem import FusionProblem
from fusion.training.fusion_weights import Rehearsed, blend, fit_fusion, gain, likeliest

SEQUENCE, CO_OCCURRENCE, POPULARITY, TEXT, IMAGE = range(5)


def problem(shoppers: int, told_by: int) -> FusionProblem:
    """Return choices that one signal foretells and the others know nothing of."""
    source = torch.Generator().manual_seed(0)
    signals = torch.randn(shoppers, 40, 5, generator=source)
    signals[:, 0, told_by] += 3
    return FusionProblem(
        signals=signals,
        rows=torch.arange(1, 41).repeat(shoppers, 1),
        patterns=torch.full((shoppers, 40), 7),
        buckets=torch.zeros(shoppers, dtype=torch.long),
        bias=torch.zeros(shoppers, 40),
    )


NONE, HALF = torch.zeros(41).bool(), torch.arange(41) % 2 == 1  # item 1 is what is chosen


def fitted(shoppers: int, told_by: int) -> LateFusion:
    """Fit a fusion of three branches."""
    return fitted_on(problem(shoppers, told_by))


def fitted_on(known: FusionProblem) -> LateFusion:
    """Fit a fusion of three branches on these choices."""
    fusion = LateFusion(("behaviour", "text", "image"))
    fit_fusion(fusion, known, Rehearsed(new=NONE, poorer=HALF), shrinkage=10.0)
    return fusion


def test_the_signal_that_knows_gets_the_weight() -> None:
    weights = fitted(400, TEXT).shopper_weights[0]

    assert int(weights.argmax()) == TEXT
    assert float(weights[TEXT]) > 3 * float(weights[[SEQUENCE, CO_OCCURRENCE, POPULARITY]].max())


def test_few_choices_move_the_weights_little() -> None:
    few, many = fitted(5, TEXT).shopper_weights[0], fitted(400, TEXT).shopper_weights[0]

    assert float(few[TEXT] / few.sum()) < float(many[TEXT] / many.sum())
    assert float(few.min()) > 0.3  # of a mean of 1, where each alone would be near 0


def test_an_absent_branch_has_no_gate_and_popularity_is_never_gated() -> None:
    gates = fitted(200, IMAGE).item_gates

    assert gates[0b001].tolist()[TEXT:] == [0, 0]
    assert gates[0b010].tolist() == [0, 0, 0, float(gates[0b010, TEXT]), 0]
    assert float(gates[0b010, TEXT]) > 0
    assert gates[:, POPULARITY].tolist() == [0, 1, 0, 1, 0, 1, 0, 1]


def test_what_lost_its_text_is_not_buried_by_what_kept_it() -> None:
    known = problem(400, CO_OCCURRENCE)
    known.signals[:, 0, TEXT] += 3
    fusion = fitted_on(known)
    poorer = known.with_absent(HALF, 0b101)

    def reached(gates: torch.Tensor) -> float:
        return float(gain(poorer.fused(fusion.shopper_weights, gates)).mean())

    assert fusion.item_gates[0b101, CO_OCCURRENCE] > 1.2
    assert reached(fusion.item_gates) > reached(fusion.possible()) + 0.01


def test_fitting_never_ends_below_equal_weights() -> None:
    known = problem(300, CO_OCCURRENCE)
    fusion = fitted(300, CO_OCCURRENCE)

    plain = gain(known.fused(torch.ones(4, 5), fusion.possible())).mean()
    assert gain(known.fused(fusion.shopper_weights, fusion.item_gates)).mean() > plain


def test_the_climb_begins_where_the_choices_are_likeliest() -> None:
    apart = torch.tensor([1.0, 1.0, 1.0, -1.0]).repeat(5000)  # right in three choices of four
    parts = torch.stack([apart, torch.zeros_like(apart)], dim=1).unsqueeze(0)

    found = likeliest(parts, torch.zeros(20_000, 2))

    torch.testing.assert_close(found, torch.tensor([3.0]).log(), atol=1e-3, rtol=0)


def test_choices_without_a_mistake_leave_the_weights_finite() -> None:
    found = likeliest(torch.tensor([[[5.0, 0.0]] * 3, [[0.0, 0.0]] * 3]), torch.zeros(3, 2))

    assert 1.0 < float(found[0]) < 2.0
    assert float(found[1]) == 1.0


def test_a_blend_lies_between_what_was_fitted_and_what_was_believed() -> None:
    mixed = blend(torch.tensor([4.0, 1.0]), torch.tensor([2.5, 2.5]), trust=0.5)

    torch.testing.assert_close(mixed, torch.tensor([10.0**0.5, 2.5**0.5]))
