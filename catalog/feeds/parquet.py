"""Parquet, a slice at a time."""

import math
from pathlib import Path
from typing import Any

import polars as pl

from catalog.feeds.rows import FeedError, FeedRow, Rows

ROWS_PER_SLICE = 5000


class ParquetFile:
    """A Parquet file and how far it is read."""

    def __init__(self, path: Path) -> None:
        self._scan = pl.scan_parquet(path, glob=False)
        self._num_read = 0
        try:
            self._num_rows = int(self._scan.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise FeedError(f"The Parquet file cannot be read: {error}.") from None

    def fraction_read(self) -> float:
        """How much is read, from 0 to 1."""
        return self._num_read / max(self._num_rows, 1)

    def rows(self) -> Rows:
        """Return the rows, numbered from 1."""
        for start in range(0, self._num_rows, ROWS_PER_SLICE):
            for row in self._scan.slice(start, ROWS_PER_SLICE).collect().iter_rows(named=True):
                self._num_read += 1
                yield FeedRow(self._num_read, {name: _plain(row[name]) for name in row})


def _plain(value: Any) -> Any:
    """Missing text arrives as NaN from some writers."""
    return None if isinstance(value, float) and math.isnan(value) else value
