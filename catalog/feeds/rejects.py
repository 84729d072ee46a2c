"""Rows that were not taken, kept with line number and reason, so nothing is lost."""

import csv
import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from catalog.feeds.rows import BadRow

COLUMNS = ("line", "reason", "raw")
NUM_SHOWN = 5  # of the first rejects, for the summary


class RejectFile:
    """A CSV file that appears with the first reject; one from an earlier run is replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_rejects = 0
        self.first: list[BadRow] = []
        self._file: TextIO | None = None
        self._rows: Any = None

    def add(self, row: BadRow) -> None:
        """Keep one row."""
        if self._file is None:
            # Bytes that are no UTF-8 are written back as they came.
            self._file = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            self._rows = csv.writer(self._file)
            self._rows.writerow(COLUMNS)
        raw = json.dumps(row.raw, ensure_ascii=False, default=str)
        self._rows.writerow([row.line, row.reason, raw])
        self.num_rejects += 1
        if len(self.first) < NUM_SHOWN:
            self.first.append(row)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
        elif kind is None:
            self.path.unlink(missing_ok=True)


def reject_path(feed: Path, chosen: Path | None) -> Path:
    """Return where rejects go: as chosen, beside the file, or here if that folder is read-only."""
    if chosen is not None:
        return chosen
    beside = feed.with_name(f"{feed.name}.rejects.csv")
    try:
        beside.touch()
    except OSError:
        return Path.cwd() / beside.name
    return beside
