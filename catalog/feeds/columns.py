"""Which column is which field: as the flags say, else by the usual names."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from catalog.feeds.rows import FeedError

Aliases = Mapping[str, tuple[str, ...]]  # field -> usual names of its column, the best first


class Columns:
    """Splits a row into known fields and the rest."""

    def __init__(
        self, aliases: Aliases, *, mapped: Mapping[str, str], ignored: Iterable[str] = ()
    ) -> None:
        """Prefer `mapped` (field -> column); leave `ignored` columns out.

        Raises:
            FeedError: `mapped` names a field that does not exist.
        """
        self._ignored = {plain_name(name) for name in ignored}
        self._places: dict[str, tuple[str, int]] = {}  # column -> field, how good a name it is
        for field, names in aliases.items():
            for rank, name in enumerate((field, *names)):
                self._places.setdefault(name, (field, rank))
        for field, column in mapped.items():
            if field not in aliases:
                raise FeedError(f"--map knows {', '.join(sorted(aliases))}; not {field!r}.")
            self._places[plain_name(column)] = (field, -1)
        self._plan = lru_cache(maxsize=256)(self._make_plan)  # rows mostly have the same columns

    def split(self, row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields we know, and the other columns by their own names.

        Of several columns for one field, the best name that holds something wins; the
        others stay with the rest.
        """
        plan, rest_names = self._plan(tuple(row))
        known = {field: row[names[0]] for field, names in plan.items()}
        rest = {name: row[name] for name in rest_names}
        for field, names in plan.items():
            if len(names) > 1:
                best = next((name for name in names if row[name] not in (None, "")), names[0])
                known[field] = row[best]
                rest |= {name: row[name] for name in names if name != best}
        return known, rest

    def _make_plan(self, names: tuple[str, ...]) -> tuple[dict[str, list[str]], list[str]]:
        """Return each field's columns, the best first, and the columns of no field."""
        kept = [name for name in names if plain_name(name) not in self._ignored]
        placed = [(*self._places[plain_name(name)], name) for name in kept if self._knows(name)]
        plan: dict[str, list[str]] = {}
        for field, _, name in sorted(placed):
            plan.setdefault(field, []).append(name)
        return plan, [name for name in kept if not self._knows(name)]

    def _knows(self, name: str) -> bool:
        return plain_name(name) in self._places


def plain_name(name: str) -> str:
    """Return a column's name in one way of writing: `g:Image Link` is `image_link`."""
    return name.strip().lower().removeprefix("g:").replace(" ", "_").replace("-", "_")


def parse_mapping(pairs: Iterable[str], aliases: Aliases) -> dict[str, str]:
    """Return field -> column of `--map field=column` flags; a usual name of the field will do.

    Raises:
        FeedError: a flag has no equals sign.
    """
    fields = {name: field for field, names in aliases.items() for name in names}
    mapped: dict[str, str] = {}
    for pair in pairs:
        field, sign, column = pair.partition("=")
        if not (field and sign and column):
            raise FeedError(f"Write --map field=column, not {pair!r}.")
        mapped[field if field in aliases else fields.get(field, field)] = column
    return mapped
