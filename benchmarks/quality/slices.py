"""Parts of the test: by what the item is, and by how much of the shopper was known."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.quality.questions import Questions
from benchmarks.quality.study import Study
from fusion.evaluation.slices import RARE_UP_TO, SHORT_UP_TO

LONG = "5 or more purchases"
Slice = tuple[str, NDArray[np.int64], sparse.csr_matrix]


def slices(study: Study, questions: Questions) -> Iterator[Slice]:
    """Yield name, the numbers of the questions, and what of their answers counts.

    A slice of items counts the relevant items of that kind, for the shoppers who have one.
    A purchase is the held-out one or one before it.
    """
    known = questions.asked.history.stop - questions.asked.history.start
    for name, chosen in (
        ("fewer than 5 purchases", known <= SHORT_UP_TO),
        (LONG, known > SHORT_UP_TO),
    ):
        at = np.flatnonzero(chosen)
        if len(at):
            yield name, at, questions.relevant[at]
    for name, items in _kinds(study).items():
        relevant = (questions.relevant @ sparse.diags(items.astype(np.float32))).tocsr()
        relevant.eliminate_zeros()
        at = np.flatnonzero(np.diff(relevant.indptr))
        if len(at):
            yield name, at, relevant[at]


def _kinds(study: Study) -> dict[str, NDArray[np.bool_]]:
    """Return (N+1,) which items are of which kind."""
    counts = study.counts.numpy()
    kinds = {
        "cold item": counts == 0,
        "rare item": (counts > 0) & (counts <= RARE_UP_TO),
        "warm item": counts > RARE_UP_TO,
    }
    for name, features in study.data.modalities.items():
        kinds[f"item without {name}"] = ~features.present
    return kinds
