"""Who asks, presumed from an earlier request and proved by the statement that reads the rest.

Looking a shopper up first takes a round trip to the database of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import statements
from users.history import KnownShopper, named_shopper, who_and_stamp

MOST_REMEMBERED = 50_000


class PresumedWrongError(Exception):
    """It is somebody else, or they did something since.

    Attributes:
        shopper: who it is, and the stamp of their history now; None where nobody was found.
    """

    def __init__(self, shopper: KnownShopper | None = None) -> None:
        super().__init__()
        self.shopper = shopper


@dataclass(frozen=True, slots=True)
class Presumed:
    """A presumption to be proved.

    Attributes:
        before: events from then on count for nothing.
        shopper: who it is, and the stamp of their history.
    """

    user_id: str | None
    visitor_id: str | None
    before: datetime
    shopper: KnownShopper

    def statement(self) -> tuple[str, list[Any]]:
        """Return the SELECT of what `prove` looks at, in COLUMNS."""
        return who_and_stamp(user_id=self.user_id, visitor_id=self.visitor_id, before=self.before)

    def prove(self, row: statements.Row) -> None:
        """Compare with what the database says.

        Raises:
            PresumedWrongError: it says otherwise.
        """
        found = named_shopper(row, user_id=self.user_id)
        if found != self.shopper:
            raise PresumedWrongError(found)


COLUMNS = ("pk", "merged_into", "stamp")
# By hash, so that no id outlives its shopper here; that two share one is found out like the rest.
_pk_of: dict[int, int] = {}


def remember(shopper_pk: int, *, user_id: str | None, visitor_id: str | None) -> None:
    """Note whom these names mean."""
    if len(_pk_of) >= MOST_REMEMBERED:
        _pk_of.clear()
    _pk_of[hash((user_id, visitor_id))] = shopper_pk


def forget() -> None:
    """Drop what is noted."""
    _pk_of.clear()


def remembered(*, user_id: str | None, visitor_id: str | None) -> int | None:
    """Return the key of whom these names meant the last time."""
    return _pk_of.get(hash((user_id, visitor_id)))
