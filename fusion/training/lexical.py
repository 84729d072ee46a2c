"""Products whose texts share rare words: the text branch's lexical signal.

TF-IDF over words and word pairs (Salton and Buckley 1988), cosine, squared: an encoder blurs names,
numbers and product lines, which are exactly what tells a variant from a neighbour.
"""

import re
from array import array
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from fusion.network.item_to_item import NeighbourTable
from fusion.training.blocks import blocks

WORD = re.compile(r"\w+")
MAX_SHARE, MAX_ITEMS = 0.1, 5000  # a term in more items says little and costs much
CELLS = 2**24  # similarities at a time; bounds the memory


def lexical_table(texts: Sequence[str], *, neighbours: int) -> NeighbourTable:
    """Return the lexical neighbours of N+1 texts; row 0 is padding and has none.

    A strength is the squared cosine: near-equal texts count far more than loosely alike ones.
    """
    terms = tf_idf(texts)
    transposed = terms.T.tocsr()
    size = (len(texts), min(neighbours, len(texts)))
    rows, cosines = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.float32)
    work = (terms > 0) @ np.diff(transposed.indptr)  # similarities per text, at most
    for first, stop in blocks(work, CELLS):
        alike = (terms[first:stop] @ transposed).tocsr()
        for row in range(first, stop):
            part = slice(*alike.indptr[row - first : row - first + 2])
            other, cosine = _strongest(alike.indices[part], alike.data[part], row, size[1])
            rows[row, : len(other)], cosines[row, : len(other)] = other, cosine
    return NeighbourTable(torch.from_numpy(rows), torch.from_numpy(cosines**2))


def _strongest(
    others: NDArray[np.int32], cosines: NDArray[np.float32], own: int, kept: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return at most `kept` texts but the own one, most alike first."""
    cosines = np.where(others == own, 0, cosines)
    if len(others) > kept:
        chosen = np.argpartition(cosines, -kept)[-kept:]
        others, cosines = others[chosen], cosines[chosen]
    order = np.lexsort((others, -cosines))
    return others[order], cosines[order]


def tf_idf(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return the (N+1, terms) matrix of unit-length TF-IDF rows, tf on a log scale."""
    vocabulary: dict[str, int] = {}
    found, lengths = array("i"), []
    for text in texts:
        terms = _terms(text)
        found.extend(vocabulary.setdefault(term, len(vocabulary)) for term in terms)
        lengths.append(len(terms))
    owner, column = np.repeat(np.arange(len(texts)), lengths), np.array(found, dtype=np.int32)
    ones = np.ones(len(column), dtype=np.float32)
    counts = sparse.csr_matrix((ones, (owner, column)), shape=(len(texts), len(vocabulary)))
    counts.data = 1 + np.log(counts.data)
    holders = np.bincount(counts.indices, minlength=counts.shape[1])
    most = min(max(MAX_SHARE * len(texts), 50), MAX_ITEMS)
    telling = np.flatnonzero((holders >= 2) & (holders <= most))
    weighted = counts[:, telling] @ sparse.diags(np.log(len(texts) / holders[telling]))
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    unit: sparse.csr_matrix = sparse.csr_matrix(
        sparse.diags(1 / np.maximum(norms, 1e-9)) @ weighted
    )
    return unit.astype(np.float32)


def _terms(text: str) -> list[str]:
    """Return the words of a text and its pairs of neighbouring words."""
    words = WORD.findall(text.lower())
    return words + [f"{a} {b}" for a, b in pairwise(words)]
