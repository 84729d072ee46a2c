"""Signs of life of serve workers: what each says of itself, and what all of them come to."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

LIFETIME_S = 3  # without a new one for this long, a worker is not there


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a serve worker says of itself.

    Attributes:
        worker: its name.
        version_id: the loaded model version; None while there is none.
        catalogue_at_ms: unix milliseconds at which products last became recommendable or changed
            their vectors in the loaded version.
        problem: why the active version is not the loaded one, in plain words.
        busy: share of the last seconds spent answering.
        requests_per_s: answered in the last seconds.
        request_ms: what one request of a batch takes; 0 before the first.
    """

    worker: str
    version_id: int | None
    catalogue_at_ms: int
    problem: str = ""
    busy: float = 0.0
    requests_per_s: float = 0.0
    request_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a web process needs to know of all serve workers together.

    Attributes:
        version_ids: whose lists count as the model's answer. While a promotion makes its way
            through the workers these are two, so that no list goes stale twice; a worker that
            cannot load the active version has no say once another one has.
        catalogue_at_ms: the newest of the workers'.
        num_in_time: requests that all workers together answer within the deadline.
    """

    version_ids: tuple[int, ...]
    catalogue_at_ms: int
    num_in_time: int


def pack(heartbeat: Heartbeat) -> bytes:
    """Return the bytes a worker publishes."""
    return orjson.dumps(heartbeat)


def unpack(body: bytes) -> Heartbeat:
    """Read what `pack` wrote."""
    return Heartbeat(**orjson.loads(body))


def summary(living: Iterable[Heartbeat], *, deadline_ms: int) -> bytes:
    """Return the bytes that `read` makes a fleet of."""
    loaded = [each for each in living if each.version_id is not None]
    able = [each for each in loaded if not each.problem] or loaded
    fleet = Fleet(
        version_ids=tuple(sorted({each.version_id for each in able if each.version_id})),
        catalogue_at_ms=max((each.catalogue_at_ms for each in able), default=0),
        num_in_time=sum(int(deadline_ms / max(each.request_ms, 0.1)) for each in loaded),
    )
    return orjson.dumps(fleet)


def read(body: bytes | None) -> Fleet | None:
    """Read the published summary; None when no worker is there."""
    if not body:
        return None
    said = orjson.loads(body)
    return Fleet(tuple(said["version_ids"]), said["catalogue_at_ms"], said["num_in_time"])
