"""One contestant through the exam: settings chosen on validation, test ranked once."""

import time
from dataclasses import dataclass, field

from benchmarks.quality.cost import Cost, measured
from benchmarks.quality.fitted import Fitted, Lists, Peer, Rank, Settings, ranked_lists
from benchmarks.quality.peers import MOST_SETTINGS
from benchmarks.quality.questions import Questions
from benchmarks.quality.splits import Exam
from fusion.evaluation.hits import hits_of

CHOSEN_BY = 10  # NDCG at this depth on validation chooses settings


@dataclass(frozen=True)
class Tried:
    """One setting and what validation said of it."""

    settings: Settings
    ndcg: float
    fit: Cost


@dataclass
class Result:
    """All of one contestant that is kept.

    Attributes:
        tried: in the order of the grid.
        chosen: the one of `tried` that ranks validation best.
        found: what that fit found itself, such as epochs.
        choosing_seconds: fitting and validating all settings.
        refit: fitting the chosen setting again on more data, where the split has more.
        lists: (S, K) test lists, one per seed.
        arrivals: the same with only cold items in the running.
    """

    name: str
    kind: str
    tried: list[Tried]
    chosen: Tried
    found: Settings
    choosing_seconds: float
    refit: Cost = field(default_factory=Cost)
    ranking: Cost = field(default_factory=Cost)
    lists: list[Lists] = field(default_factory=list)
    arrivals: list[Lists] = field(default_factory=list)

    @property
    def ready_seconds(self) -> float:
        """Return the wall seconds from data to a contestant that can rank the test."""
        return self.choosing_seconds + self.refit.seconds

    @property
    def peak_mib(self) -> float:
        """Return the highest memory of fitting or ranking."""
        return max(each.peak_mib for each in (self.chosen.fit, self.refit, self.ranking))


def validation_ndcg(rank: Rank, questions: Questions) -> float:
    """Return the mean NDCG@10 of a ranking."""
    lists = ranked_lists(rank, questions, CHOSEN_BY)
    return float(hits_of(lists, questions.relevant).ndcg(CHOSEN_BY).mean())


def choose(name: str, peer: Peer, exam: Exam) -> tuple[Result, Fitted]:
    """Fit every setting of the grid and keep the one that ranks validation best."""
    tried: list[Tried] = []
    kept: tuple[Tried, Fitted] | None = None
    began = time.monotonic()
    for settings in peer.grid[:MOST_SETTINGS]:
        with measured() as cost:
            fitted = peer.fit(exam.study, settings)
        ndcg = validation_ndcg(fitted.unseen or fitted.rank, exam.validation)
        tried.append(Tried(settings, ndcg, cost))
        if kept is None or ndcg > kept[0].ndcg:
            kept = tried[-1], fitted
    assert kept is not None
    chosen, fitted = kept
    seconds = time.monotonic() - began
    return Result(name, peer.kind, tried, chosen, fitted.found, seconds), fitted


def sit(name: str, peer: Peer, exams: list[Exam], *, test: bool) -> Result:
    """Choose settings on the first exam and, where `test`, rank the test once for every seed.

    Args:
        exams: the same exam, for models of one seed each.
    """
    exam = exams[0]
    result, fitted = choose(name, peer, exam)
    if test:
        with measured() as result.refit:
            fitted = _final(peer, result, exam, fitted)
        with measured() as result.ranking:
            _rank(result, fitted, exam)
        for repeated in exams[1:] if peer.seeded else ():
            again = peer.fit(repeated.study, result.chosen.settings)
            _rank(result, _final(peer, result, repeated, again), repeated)
    for each in exams:
        each.study.memo.clear()
        each.final.memo.clear()
    return result


def _final(peer: Peer, result: Result, exam: Exam, fitted: Fitted) -> Fitted:
    """Fit the chosen setting again where the split tests models of more data."""
    if exam.final is exam.study:
        return fitted
    return peer.fit(exam.final, result.chosen.settings | fitted.found)


def _rank(result: Result, fitted: Fitted, exam: Exam) -> None:
    """Keep the test lists of one fit."""
    result.lists.append(ranked_lists(fitted.rank, exam.test))
    if exam.arrivals is not None:
        result.arrivals.append(ranked_lists(fitted.rank, exam.test.among(exam.arrivals)))
