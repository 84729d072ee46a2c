"""The sign of life of serve workers: who is there, with which version."""

from dataclasses import dataclass

import orjson

from catalog.redis_link import Command
from fusion.serving import keys

LIFETIME_S = 3  # without a new one for this long, no serve worker is there


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a serve worker says of itself.

    Attributes:
        worker: its name.
        version_id: the loaded model version; None while there is none.
        catalogue_at_ms: unix milliseconds at which products last became recommendable or changed
            their vectors in the loaded version.
        problem: why the active version is not the loaded one, in plain words.
    """

    worker: str
    version_id: int | None
    catalogue_at_ms: int
    problem: str = ""


def write_command(heartbeat: Heartbeat) -> Command:
    """Return the command that publishes a heartbeat.

    With several workers the last one to speak is heard. One without a model speaks only when
    nobody else does.
    """
    command: Command = ("SET", keys.HEARTBEAT, orjson.dumps(heartbeat), "EX", LIFETIME_S)
    return command if heartbeat.version_id is not None else (*command, "NX")


def read(body: bytes | None) -> Heartbeat | None:
    """Read a published heartbeat; None when no worker is there."""
    return Heartbeat(**orjson.loads(body)) if body else None
