"""JSON Lines, and a JSON array for small files."""

from collections.abc import Iterable
from typing import IO, Any

import orjson

from catalog.feeds.rows import BadRow, FeedError, FeedRow, Rows


def read_json_lines(lines: Iterable[bytes]) -> Rows:
    """Return one row for each line that is not blank."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _row(number, orjson.loads(line))
        except orjson.JSONDecodeError as error:
            yield BadRow(number, f"The line is not JSON: {error}.", line.decode(errors="replace"))


def read_json_array(stream: IO[bytes]) -> Rows:
    """Return the objects of an array, numbered from 1; the whole file is held in memory.

    Raises:
        FeedError: the file is not JSON.
    """
    try:
        items = orjson.loads(stream.read())
    except orjson.JSONDecodeError as error:
        raise FeedError(f"The file is not JSON: {error}.") from None
    for number, item in enumerate(items, start=1):
        yield _row(number, item)


def _row(number: int, item: Any) -> FeedRow | BadRow:
    if isinstance(item, dict):
        return FeedRow(number, item)
    return BadRow(number, f"An object is needed, not {type(item).__name__}.", item)
