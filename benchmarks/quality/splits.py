"""The splits: who learns from what, and what is asked for choosing and for testing.

loo       each shopper's last new item is test, of some the one before it validation
temporal  one moment ends training, a later one ends validation; all that is new after it is test
given     a split that comes with the data, at random per shopper; validation is carved likewise
cold      some items are taken out of training; test is who went on to choose one of them
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.quality.questions import Asked, Questions, from_holdout
from benchmarks.quality.study import Study
from fusion.config import TrainingConfig
from fusion.dataset.batches import Spans, shopper_spans, shuffled_ties
from fusion.dataset.data import Interactions, TrainingData
from fusion.dataset.holdout import Holdout, Split, leave_last_out
from fusion.training.progress import Progress
from fusion.training.run import Run
from fusion.training.seed import generator
from fusion.training.train import start

WINDOW = 0.15  # share of the interactions in each window of the temporal split, in whole moments
CARVED = 0.25  # share of a shopper's training items carved out for validation: as the given test
CHOOSING = 0.25  # cold items for choosing settings, as a share of those for testing


@dataclass(frozen=True)
class Exam:
    """One split, ready to be sat.

    Attributes:
        study: what settings are chosen on.
        validation: the questions that choose.
        final: what the tested contestants learned from; `study` itself unless it is fitted again.
        test: the questions that are read once.
        arrivals: (N+1,) bool, cold items, that are also ranked among themselves; or None.
    """

    study: Study
    validation: Questions
    final: Study
    test: Questions
    arrivals: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Desk:
    """What all splits need: where runs keep their checkpoints, and by which settings they train."""

    config: TrainingConfig
    folder: Path
    progress: Progress

    def run(self, data: TrainingData, label: str, split: Split | None = None) -> Run:
        """Begin a run of the product; with `split` it trains on that instead of its own."""
        named = replace(data, data_hash=f"{label}-{data.data_hash}")
        run = start(named, self.config, progress=self.progress, checkpoint_dir=self.folder / label)
        if split is not None:
            run.split = split
        return run

    def seeded(self, seed: int) -> "Desk":
        """Return a desk of another seed, with checkpoints of its own."""
        return Desk(replace(self.config, seed=seed), self.folder / f"seed-{seed}", self.progress)


def loo(data: TrainingData, desk: Desk) -> Exam:
    """Return the product's own split, leave-last-out."""
    run = desk.run(data, "loo")
    split, width = run.split, data.num_items
    study = Study(run, split.interactions.select(split.train))
    return Exam(
        study,
        from_holdout(split.interactions, split.validation, width),
        study,
        from_holdout(split.interactions, split.test, width),
    )


def temporal(data: TrainingData, desk: Desk) -> Exam:
    """Return the split at two moments; who was not there before has no question."""
    rows = shuffled_ties(data.interactions, generator(desk.config.seed, "split"))
    validation_from, test_from = _moments(rows.occurred_at)
    known = np.flatnonzero(rows.occurred_at < test_from)
    before, spans = rows.select(known), shopper_spans(rows, data.num_shoppers)
    until = _stops(rows, spans, validation_from), _stops(rows, spans, test_from)
    validation = _asked_between(rows, spans, until[0], until[1], data.num_items)
    test = _asked_between(rows, spans, until[1], spans.stop, data.num_items)
    split = Split(
        interactions=rows,
        train=rows.occurred_at < validation_from,
        validation=_as_holdout(
            validation, rows, desk.config.fusion.shoppers, generator(desk.config.seed, "temporal")
        ),
        test=_nobody(),
    )
    run = desk.run(replace(data, interactions=before), "temporal", split)
    study = Study(run, rows.select(split.train))
    return Exam(study, validation, study, test)


def given(data: TrainingData, desk: Desk, in_test: NDArray[np.bool_]) -> Exam:
    """Return a split that comes with the data.

    Args:
        in_test: (E,) bool, which of `data.interactions` are test.
    """
    rng = generator(desk.config.seed, "carve")
    train = shuffled_ties(data.interactions.select(~in_test), rng)
    carved = _carved(train, data.num_shoppers, rng)
    rows, spans, cuts = _parted(train, carved, data.num_shoppers)
    validation = _asked_between(rows, spans, cuts, spans.stop, data.num_items)
    split = Split(
        interactions=rows,
        train=np.arange(len(rows)) < cuts[rows.shopper],
        validation=_as_holdout(validation, rows, desk.config.fusion.shoppers, rng),
        test=_nobody(),
    )
    run = desk.run(replace(data, interactions=train), "given", split)
    study = Study(run, rows.select(split.train))
    both = data.interactions
    rows, spans, cuts = _parted(both, in_test, data.num_shoppers)
    test = _asked_between(rows, spans, cuts, spans.stop, data.num_items)
    return Exam(study, validation, Study(run, train, first=study), test)


def cold(data: TrainingData, desk: Desk, share: float) -> Exam:
    """Return a split in which a seeded share of the items was never in training.

    A quarter as many others are taken out as well: settings are chosen on them. Our own fusion
    is fitted as the product does it, on warm validation items.
    """
    seed = desk.config.seed
    chance = generator(seed, "cold").random(data.num_items + 1)
    chance[0] = 1
    tested, hidden = chance < share, chance < share * (1 + CHOOSING)
    whole = leave_last_out(data, generator(seed, "split"), validation_shoppers=0)
    warm = ~hidden[data.interactions.item]
    left = replace(data, interactions=data.interactions.select(warm))
    shoppers = desk.config.fusion.shoppers
    own = leave_last_out(left, generator(seed, "split"), validation_shoppers=shoppers)
    # The last warm item of the others is no answer of this exam: it may be learned from.
    others = ~np.isin(own.interactions.shopper, own.validation.shopper)
    own = replace(own, train=own.train | others, test=_nobody())
    study = Study(desk.run(left, "cold", own), own.interactions.select(own.train))
    asked = _without_items(whole, hidden, data.num_items)
    target = asked.relevant.indices
    choosing = asked.take(hidden[target] & ~tested[target])
    return Exam(study, choosing, study, asked.take(tested[target]), arrivals=tested)


def again(exam: Exam, desk: Desk) -> Exam:
    """Return the same exam for models of another seed: same shoppers, same answers."""
    old = exam.study.run
    run = start(old.data, desk.config, progress=desk.progress, checkpoint_dir=desk.folder)
    run.split = old.split
    study = Study(run, exam.study.learn)
    repeated = exam.final is not exam.study
    final = Study(run, exam.final.learn, first=study) if repeated else study
    return replace(exam, study=study, final=final)


def _nobody() -> Holdout:
    """Return a holdout of nobody: the product's own test part is not used here."""
    empty = np.zeros(0, dtype=np.int32)
    none = empty.astype(np.int64)
    return Holdout(empty, empty, none, Spans(none, none))


def _moments(occurred_at: NDArray[np.int64]) -> tuple[int, int]:
    """Return when validation and test begin; events of one moment stay together."""
    last, before = np.quantile(occurred_at, [1 - WINDOW, 1 - 2 * WINDOW], method="nearest")
    return int(before) + 1, int(last) + 1


def _stops(rows: Interactions, spans: Spans, moment: int) -> NDArray[np.int64]:
    """Return where in each slice the events at or after `moment` begin."""
    earlier = np.concatenate([[0], np.cumsum(rows.occurred_at < moment)])
    stops: NDArray[np.int64] = spans.start + earlier[spans.stop] - earlier[spans.start]
    return stops


def _asked_between(
    rows: Interactions,
    spans: Spans,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    num_items: int,
) -> Questions:
    """Ask for the new items in [start, stop) of each slice; the history is what stands before.

    Shoppers without history, or with nothing new, are not asked.
    """
    shape = (len(spans), num_items + 1)
    places = np.arange(len(rows))
    met = _matrix(rows, places < start[rows.shopper], shape)
    later = _matrix(rows, (places >= start[rows.shopper]) & (places < stop[rows.shopper]), shape)
    new = (later - later.multiply(met)).tocsr()
    new.eliminate_zeros()
    asked = np.flatnonzero((np.diff(new.indptr) > 0) & (start > spans.start))
    history = Spans(spans.start[asked], start[asked])
    return Questions(Asked(rows, asked.astype(np.int32), history, num_items), new[asked])


def _matrix(
    rows: Interactions, chosen: NDArray[np.bool_], shape: tuple[int, int]
) -> sparse.csr_matrix:
    """Return 1 where a shopper has met an item in the chosen rows."""
    picked = rows.select(chosen)
    ones = np.ones(len(picked), dtype=np.float32)
    met = sparse.csr_matrix((ones, (picked.shopper, picked.item)), shape=shape)
    met.data[:] = 1
    return met


def _as_holdout(
    questions: Questions, rows: Interactions, most: int, rng: np.random.Generator
) -> Holdout:
    """Return held-out items, at most `most`, drawn from all shoppers alike.

    A shopper with many answers appears several times, but weighs hardly more than one with few:
    the measure is a mean over shoppers too.
    """
    owner = np.repeat(np.arange(len(questions)), np.diff(questions.relevant.indptr))
    each = -(-most // max(len(questions), 1))
    drawn = _place_in_group(owner, rng.random(len(owner))) < each
    asked, owner = questions.asked, owner[drawn]
    history = asked.history.take(owner)
    return Holdout(
        shopper=asked.shopper[owner],
        target=questions.relevant.indices[drawn].astype(np.int32),
        occurred_at=rows.occurred_at[np.maximum(history.stop - 1, 0)],
        history=history,
    ).sample(most, rng)


def _carved(rows: Interactions, shoppers: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Mark a random share of each shopper's rows."""
    sizes = np.bincount(rows.shopper, minlength=shoppers)[rows.shopper]
    place = _place_in_group(rows.shopper, rng.random(len(rows)))
    marked: NDArray[np.bool_] = place < np.round(CARVED * sizes)
    return marked


def _place_in_group(
    group: NDArray[np.int32] | NDArray[np.int64], key: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the place of each row among those of its group, from 0, by rising key."""
    order = np.lexsort((key, group))
    ordered = group[order]
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - np.searchsorted(ordered, ordered)
    return place


def _parted(
    rows: Interactions, later: NDArray[np.bool_], shoppers: int
) -> tuple[Interactions, Spans, NDArray[np.int64]]:
    """Put each shopper's `later` rows behind the others.

    Returns:
        The rows, their slices, and where in each slice the later ones begin.
    """
    parted = rows.select(np.lexsort((rows.occurred_at, later, rows.shopper)))
    spans = shopper_spans(parted, shoppers)
    kept = np.bincount(rows.shopper[~later], minlength=shoppers)
    return parted, spans, spans.start + kept


def _without_items(whole: Split, hidden: NDArray[np.bool_], num_items: int) -> Questions:
    """Return the questions whose answer is hidden, with hidden items gone from the histories."""
    kept = ~hidden[whole.interactions.item]
    before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    test = whole.test
    history = Spans(before[test.history.start], before[test.history.stop])
    moved = replace(test, history=history)
    chosen = hidden[test.target] & (history.stop > history.start)
    rows = whole.interactions.select(kept)
    return from_holdout(rows, moved.take(chosen), num_items)
