"""Products that appear, change or are switched off after training reach the loaded version.

No retraining: new vectors become rows of the item index, a product switched off is hidden.
The check against the database before each answer stays; hiding only saves the places that
such products would take in the ranking.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

import numpy as np

from fusion.features.store import load_features
from fusion.serving.contents import (
    Content,
    changed_since,
    contents_of,
    encoded,
    known_products,
    unavailable_products,
)
from fusion.serving.ranker import Ranker

# A transaction may become visible later than the time it wrote, and clocks differ a little.
OVERLAP = timedelta(seconds=10)
PRODUCTS_PER_REFRESH = 2_000  # bounds the work between two looks at the active version


class CatalogueFollower:
    """Keeps the ranker of one version in step with the catalogue.

    Args:
        ranker: of a version that was just loaded.
        cutoff: when its training read the catalogue.
        encoders: the encoders of its training by modality; vectors of others mean nothing to it.
            Modalities without a branch in the version are left alone.
    """

    def __init__(self, ranker: Ranker, *, cutoff: datetime, encoders: Mapping[str, str]) -> None:
        self._read_until = cutoff
        branches = ranker.recommender.branches
        self._encoders = {name: each for name, each in encoders.items() if name in branches}
        self._ranked = set(ranker.index.product_pks.tolist())
        self._hidden = unavailable_products()
        contents = contents_of(known_products(), self._encoders)
        changed = changed_since(cutoff - OVERLAP)
        # What the ranker holds of each product, as one number: the strings themselves would
        # be 300 MB for a million products.
        self._held = {
            pk: hash(content)
            for pk, content in _held_by(ranker, contents, list(self._encoders)).items()
            if pk not in changed
        }
        # To be examined at the next refresh, oldest first.
        self._waiting = {
            pk: None for pk, content in contents.items() if self._held.get(pk) != hash(content)
        }

    def first(self, ranker: Ranker) -> Ranker:
        """Return the ranker with everything that happened since its training."""
        grown = self._grown(ranker, limit=len(self._waiting))
        return (grown or ranker).without_products(list(self._hidden))

    def refresh(self, ranker: Ranker, *, now: datetime) -> Ranker:
        """Return the ranker with what happened since the last call; the same if nothing did."""
        changed = changed_since(self._read_until - OVERLAP)
        self._read_until = now
        self._waiting |= dict.fromkeys(changed)
        hidden = {pk for pk in self._hidden if not changed.get(pk)}
        hidden |= {pk for pk, is_available in changed.items() if not is_available}
        grown = self._grown(ranker, limit=PRODUCTS_PER_REFRESH)
        if grown is None and hidden == self._hidden:
            return ranker
        self._hidden = hidden
        return (grown or ranker).without_products(list(hidden))

    def _grown(self, ranker: Ranker, *, limit: int) -> Ranker | None:
        """Return a ranker with the vectors that are new, or None when there are none."""
        new = self._examine(list(islice(self._waiting, limit)))
        if not new:
            return None
        pks = np.fromiter(new, dtype=np.int64, count=len(new))
        found = {name: load_features(name, pks, each) for name, each in self._encoders.items()}
        grown = ranker.with_products(pks, {name: f for name, f in found.items() if f is not None})
        self._held |= new
        self._ranked |= new.keys()
        return grown

    def _examine(self, pks: list[int]) -> dict[int, int]:
        """Return products whose vectors the ranker lacks, with what it then holds of them."""
        contents = contents_of(pks, self._encoders)
        states = [
            encoded(encoder, (content[place] for content in contents.values()))
            for place, encoder in enumerate(self._encoders.values())
        ]
        new: dict[int, int] = {}
        for pk in pks:
            self._waiting.pop(pk)
            if pk in contents:
                self._examine_one(pk, contents[pk], states, new)
        return new

    def _examine_one(
        self, pk: int, content: Content, states: list[dict[str, bool]], new: dict[int, int]
    ) -> None:
        """Decide about one product: nothing to do, wait for an encoder, or take its vectors."""
        parts = list(zip(states, content, strict=True))
        is_known = pk in self._ranked
        if any(part and part not in state for state, part in parts):
            self._waiting[pk] = None  # at the end of the row
            if is_known:
                return  # keeps its old vectors until all the new ones are there
        usable = tuple(part if state.get(part) else "" for state, part in parts)
        if (any(usable) or is_known) and self._held.get(pk) != hash(usable):
            new[pk] = hash(usable)


def _held_by(
    ranker: Ranker, contents: dict[int, Content], modalities: Sequence[str]
) -> dict[int, Content]:
    """Return the contents whose vectors the ranker was trained with, "" where it has none."""
    present = ranker.recommender.present().tolist()
    pks = ranker.index.product_pks.tolist()
    columns = [ranker.recommender.branches.index(name) for name in modalities]
    return {
        pk: tuple(
            part if row[column] else "" for part, column in zip(contents[pk], columns, strict=True)
        )
        for pk, row in zip(pks, present, strict=True)
        if pk in contents
    }
