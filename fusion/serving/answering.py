"""A batch of requests to a batch of replies, with one forward pass."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.redis_link import Command
from fusion.serving import hot_list
from fusion.serving.diversity import diversified
from fusion.serving.evidence import evidence
from fusion.serving.messages import (
    Question,
    RankedList,
    Request,
    pack_error,
    pack_ranked_list,
    unpack_request,
)
from fusion.serving.ranker import Ranker, RankRequest
from fusion.serving.ranking import Ranking, no_items

logger = logging.getLogger(__name__)
DECIMALS = 6  # float32 knows no more, and the answer is a third shorter
REPLY_LIFETIME_S = 5  # of a reply whose asker is gone


@dataclass(frozen=True)
class LoadedVersion:
    """What must change together: a ranker only knows the products of its own index.

    Attributes:
        catalogue_at_ms: unix milliseconds of the last change to the ranker's products.
    """

    version_id: int
    ranker: Ranker
    catalogue_at_ms: int


def answer(
    bodies: Sequence[bytes], loaded: LoadedVersion, *, now_ms: Callable[[], int]
) -> list[Command]:
    """Return the commands that deliver the answers to `bodies`.

    A request that is late gets none, since nobody waits. What the model cannot answer gets
    an error, never an exception, and spoils no other answer of its batch.
    """
    requests = [request for request in map(_read, bodies) if request is not None]
    in_time = [request for request in requests if request.deadline_ms > now_ms()]
    replies = _rank_all([request.question for request in in_time], loaded)
    return [
        command
        for request, reply in zip(in_time, replies, strict=True)
        for command in _deliver(request, reply)
    ]


def _read(body: bytes) -> Request | None:
    try:
        return unpack_request(body)
    except (ValueError, TypeError, KeyError):
        logger.warning("serving.unreadable_request", extra={"start": body[:200]})
        return None


def _deliver(request: Request, reply: RankedList | str) -> Iterator[Command]:
    body = pack_error(reply) if isinstance(reply, str) else pack_ranked_list(reply)
    yield "RPUSH", request.reply_to, body
    yield "EXPIRE", request.reply_to, REPLY_LIFETIME_S
    if request.keep is not None and not isinstance(reply, str):
        yield hot_list.write_command(request.keep, body)


def _rank_all(questions: Sequence[Question], loaded: LoadedVersion) -> list[RankedList | str]:
    """Answer all at once, or one by one when the batch as a whole fails."""
    try:
        return list(_rank(questions, loaded))
    except Exception:
        logger.exception("serving.batch_failed", extra={"size": len(questions)})
    return [_rank_one(question, loaded) for question in questions]


def _rank_one(question: Question, loaded: LoadedVersion) -> RankedList | str:
    try:
        return next(_rank([question], loaded))
    except Exception as error:
        logger.exception("serving.question_failed", extra={"kind": question.kind})
        return f"{type(error).__name__}: {error}"


def _rank(questions: Sequence[Question], loaded: LoadedVersion) -> Iterator[RankedList]:
    ranked = iter(loaded.ranker.rank([_rank_request(q) for q in questions if q.kind == "rank"]))
    for question in questions:
        if question.kind == "place":
            yield _place(question, loaded)
        else:
            is_rank = question.kind == "rank"
            items = next(ranked) if is_rank else _similar(question, loaded.ranker)
            yield _finished(items, question, loaded)


def _similar(question: Question, ranker: Ranker) -> Ranking:
    return ranker.similar(question.product_pk, question.k, question.by)


def _place(question: Question, loaded: LoadedVersion) -> RankedList:
    """Answer with one product and its place; with none where the product is unknown."""
    found = loaded.ranker.place(_rank_request(question), question.product_pk)
    if found is None:
        return _ranked_list(no_items(()), loaded)
    place, only = found
    return replace(_finished(only, question, loaded), place=place)


def _finished(items: Ranking, question: Question, loaded: LoadedVersion) -> RankedList:
    if question.diversity:
        items = diversified(items, loaded.ranker, strength=question.diversity)
    ranked = _ranked_list(items, loaded)
    if not question.with_evidence:
        return ranked
    history = [product_pk for product_pk, _, _ in question.history]
    return replace(ranked, evidence=evidence(ranked.product_pks, history, loaded.ranker))


def _rank_request(question: Question) -> RankRequest:
    return RankRequest(
        history=question.history,
        k=question.k,
        exclude=frozenset(question.exclude),
        candidates=question.candidates,
        branch_weights=dict(question.branch_weights) if question.branch_weights else None,
    )


def _ranked_list(items: Ranking, loaded: LoadedVersion) -> RankedList:
    parts = items.contributions.astype(np.float64)
    return RankedList(
        version_id=loaded.version_id,
        branches=[*items.branches] if items else [],
        product_pks=items.product_pks,
        contributions=(parts.round(DECIMALS) + 0.0).tolist(),  # + 0.0: no -0.0 in answers
    )
