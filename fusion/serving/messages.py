"""What web and serve worker say to each other, as JSON bytes. No torch, no Django."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

# Products of one line of a packed list. Most answers show the first few of two hundred, and
# reading all of them would cost more than the rest of such an answer.
LINE = 40

Nearest = tuple[int, float]  # product key of the history, similarity


@dataclass(frozen=True, slots=True)
class Question:
    """What the model is asked.

    A ranking for a history ("rank"), the products like one product ("similar"), or the place that
    one product has in the ranking for a history ("place").

    Attributes:
        history: (product_pk, weight, occurred_at) oldest first.
        k: how many items are wanted.
        exclude: product keys that must not appear.
        candidates: rank these only; None means the whole catalogue.
        branch_weights: factors on the fitted branch weights.
        product_pk: whose likes or whose place is wanted.
        by: which branch decides what is similar, or "fused".
        diversity: 0 by score alone, to 1.
        with_evidence: whether to name the nearest product of the history, by branch.
    """

    kind: Literal["rank", "similar", "place"]
    k: int
    history: Sequence[tuple[int, float, int]] = ()
    exclude: Sequence[int] = ()
    candidates: Sequence[int] | None = None
    branch_weights: Mapping[str, float] | None = None
    product_pk: int = 0
    by: str = "fused"
    diversity: float = 0.0
    with_evidence: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """Where the serve worker keeps the answer as a hot list, and what it was made from.

    The worker writes it together with its reply: no extra round trip for the asker, and an
    answer that came too late for one request is there for the next.

    Attributes:
        seconds: how long it is kept.
    """

    key: str
    history_stamp: int
    asked_at_ms: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Request:
    """A question on its way.

    Attributes:
        reply_to: key of the list that waits for the reply.
        deadline_ms: unix milliseconds after which nobody waits any more.
        keep: None when the answer is for once only.
    """

    reply_to: str
    deadline_ms: int
    question: Question
    keep: Keep | None = None


@dataclass(frozen=True, slots=True)
class RankedList:
    """The model's answer: K products, best first.

    Attributes:
        version_id: the model version that ranked.
        branches: M names, in the order of the last axis of `contributions`.
        product_pks: K keys.
        contributions: K times M numbers; a product's score is their sum.
        evidence: by branch, K times the nearest product of the history or None.
        place: of the one product asked about, from 1; 0 for any other question.
        rest: the products that follow, as they were packed.
    """

    version_id: int
    branches: list[str]
    product_pks: list[int]
    contributions: list[list[float]]
    evidence: dict[str, list[Nearest | None]] | None = None
    place: int = 0
    rest: bytes = b""

    def parts(self) -> Iterator["RankedList"]:
        """Give this list and what follows, each read only when it is wanted."""
        part = self
        yield part
        while part.rest:
            part = unpack_reply(part.rest)
            yield part

    def line(self, start: int) -> dict[str, Any]:
        """Return LINE products as JSON values."""
        some = slice(start, start + LINE)
        evidence = {name: column[some] for name, column in (self.evidence or {}).items()}
        return {
            "version_id": self.version_id,
            "branches": self.branches,
            "product_pks": self.product_pks[some],
            "contributions": self.contributions[some],
            "evidence": evidence or None,
            "place": self.place,
        }


class ModelError(Exception):
    """The serve worker could not answer this question."""


def pack_request(request: Request) -> bytes:
    """Return the request's bytes."""
    return orjson.dumps(request)


def unpack_request(body: bytes) -> Request:
    """Read what `pack_request` wrote.

    Raises:
        ValueError, TypeError or KeyError: these are not the bytes of a request.
    """
    values: dict[str, Any] = orjson.loads(body)
    keep = values["keep"] and Keep(**values["keep"])
    return Request(values["reply_to"], values["deadline_ms"], Question(**values["question"]), keep)


def pack_ranked_list(ranked: RankedList) -> bytes:
    """Return the bytes of an answer; hot lists keep them as they are."""
    starts = range(0, max(len(ranked.product_pks), 1), LINE)
    return b"\n".join(orjson.dumps(ranked.line(start)) for start in starts)


def pack_error(message: str) -> bytes:
    """Return the bytes that stand for "no answer"."""
    return orjson.dumps({"error": message})


def unpack_reply(body: bytes) -> RankedList:
    """Read the start of an answer; `parts` reads on.

    Raises:
        ModelError: the worker could not answer; the message says why.
    """
    line, _, rest = body.partition(b"\n")
    values: dict[str, Any] = orjson.loads(line)
    if "error" in values:
        raise ModelError(values["error"])
    return RankedList(**values, rest=rest)
