"""What other apps keep of shoppers, and how they give it out and forget it.

The apps above register by name in `settings.SHOPPER_KEEPERS`, so that nothing here imports them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

Rows = Iterable[dict[str, Any]]


class Keeper(Protocol):
    """A part of the product that keeps something of shoppers beside their events."""

    def sections(self, shopper_pks: Sequence[int]) -> Mapping[str, Rows]:
        """Return what is kept, by name of the section, read while it is written out."""

    def trained_on(self, shopper_pks: Sequence[int]) -> list[int]:
        """Return the model versions that learned from these shoppers' events."""

    def forget(self, shopper_pks: Sequence[int]) -> None:
        """Drop what the database does not delete with the shoppers."""


def keepers() -> list[Keeper]:
    """Return the keepers of the apps that are installed."""
    return [import_string(path)() for path in settings.SHOPPER_KEEPERS]
