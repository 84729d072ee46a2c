"""How far an import is: a bar on a terminal, a line now and then in a log."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 5.0


class ImportProgress:
    """Shows what is read, how far, how fast, and how long it will take."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._console = Console(stderr=True)
        self._started_at = self._shown_at = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(what, total=1.0, told="")

    def show(self, *, fraction: float, num_rows: int) -> None:
        """Tell that `num_rows` rows are done, which are this fraction of the file."""
        told = f"{num_rows:,} rows, {num_rows / self.seconds():,.0f}/s"
        self._bar.update(self._task, completed=fraction, told=told)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._shown_at >= SECONDS_BETWEEN_LINES:
            self._shown_at = now
            left = self.seconds() * (1 / fraction - 1) if fraction else 0.0
            self._console.print(f"{self._what}: {fraction:.0%}, {told}, {left:.0f} s left")

    def seconds(self) -> float:
        """Seconds since the start, never 0."""
        return max(time.monotonic() - self._started_at, 1e-6)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
