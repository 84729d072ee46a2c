"""Products whose texts share rare words: the text branch's lexical signal.

TF-IDF over words and word pairs (Salton and Buckley 1988), cosine, squared: an encoder blurs names,
numbers and product lines, which are exactly what tells a variant from a neighbour.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from scipy import sparse

from fusion.network.item_to_item import NeighbourTable

WORD = re.compile(r"\w+")
MAX_SHARE, MAX_ITEMS = 0.1, 5000  # a term in more items says little and costs much
CHUNK_CELLS = 2**24  # similarities computed together; bounds the memory


def lexical_table(texts: Sequence[str], *, neighbours: int) -> NeighbourTable:
    """Return the lexical neighbours of N+1 texts; row 0 is padding and has none.

    A strength is the squared cosine: near-equal texts count far more than loosely alike ones.
    """
    terms = tf_idf(texts)
    transposed = terms.T.tocsr()
    kept = min(neighbours, len(texts))
    chunk = max(CHUNK_CELLS // len(texts), 1)
    rows, strengths = [], []
    for first in range(0, len(texts), chunk):
        part = torch.from_numpy((terms[first : first + chunk] @ transposed).toarray())
        part[torch.arange(len(part)), torch.arange(first, first + len(part))] = 0
        best = part.topk(kept, dim=1)
        rows.append(best.indices.to(torch.int32))
        strengths.append(best.values.square())
    return NeighbourTable(torch.cat(rows), torch.cat(strengths))


def tf_idf(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return the (N+1, terms) matrix of unit-length TF-IDF rows, tf on a log scale."""
    vocabulary: dict[str, int] = {}
    found = [[vocabulary.setdefault(t, len(vocabulary)) for t in _terms(text)] for text in texts]
    owner = np.repeat(np.arange(len(texts)), [len(each) for each in found])
    column = np.array([term for each in found for term in each], dtype=np.int64)
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
