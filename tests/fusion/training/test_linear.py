"""The regression table against the regression it is taken from."""

import numpy as np
import pytest
from scipy import sparse

from fusion.training.linear import linear_table
from fusion.training.neighbours import Pairs

# Item 2 goes with 1 and with 3, which never meet: given 2, each speaks against the other.
TIES = np.array([[0, 0, 0, 0], [0, 0, 4, 0], [0, 4, 0, 2], [0, 0, 2, 0]], dtype=np.float32)
PAIRS = Pairs(sparse.csr_matrix(TIES), np.array([0.0, 5.0, 6.0, 3.0]))


def coefficients(penalty: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Regress each item on the others, one by one."""
    gram = TIES + np.diag(PAIRS.counts + penalty)
    found = np.zeros((4, 4))
    for item in range(4):
        others = [each for each in range(4) if each != item]
        found[others, item] = np.linalg.solve(gram[np.ix_(others, others)], gram[others, item])
    return found


def test_all_neighbours_together_are_the_regression() -> None:
    table = linear_table(PAIRS, neighbours=4, penalty=1.0)

    dense = np.zeros((4, 4))
    for item in range(4):
        np.add.at(dense[item], table.neighbours[item].numpy(), table.strengths[item].numpy())
    np.testing.assert_allclose(dense, coefficients(1.0), atol=1e-6)


def test_what_speaks_against_an_item_is_kept_where_it_is_strong() -> None:
    table = linear_table(PAIRS, neighbours=2, penalty=1.0)

    wanted = coefficients(1.0)
    assert wanted[1, 3] < -0.1
    assert table.neighbours[1].tolist() == [2, 3]
    assert table.strengths[1].tolist() == pytest.approx([wanted[1, 2], wanted[1, 3]])


def test_an_item_without_ties_has_no_neighbours() -> None:
    assert linear_table(PAIRS, neighbours=2, penalty=1.0).neighbours[0].tolist() == [0, 0]
