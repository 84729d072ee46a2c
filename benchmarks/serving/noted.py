"""What came back, question by question, and the figures of it."""

import re
from collections import Counter
from typing import Any

import numpy as np

LEVEL = re.compile(rb'"level":"(\w+)"')
CUTS = {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99, "worst_ms": 100}


class Notes:
    """Notes of one run.

    Args:
        step_of: the step that should answer each kind of question.
    """

    def __init__(self, step_of: dict[str, str]) -> None:
        self._step_of = step_of
        self._seconds: dict[str, list[float]] = {name: [] for name in step_of}
        self._steps: dict[str, Counter[str]] = {name: Counter() for name in step_of}
        self._errors: Counter[str] = Counter()

    def answered(self, kind: str, seconds: float, status: int, body: bytes) -> None:
        """Note an answer; one that is not 200 is an error."""
        if status != 200:
            self.failed(kind, str(status))
            return
        self._seconds[kind].append(seconds)
        level = LEVEL.search(body)
        self._steps[kind][level[1].decode() if level else ""] += 1

    def failed(self, kind: str, what: str) -> None:
        """Note a question without an answer."""
        self._errors[f"{kind}: {what}"] += 1

    def figures(self, seconds: float) -> dict[str, Any]:
        """Return everything of a run that took this long."""
        times = [each for kind in self._seconds.values() for each in kind]
        found: dict[str, Any] = {
            "requests": len(times),
            "requests_per_s": round(len(times) / seconds, 1),
            **cuts(times),
            "errors": dict(self._errors),
            "share_by_step": {
                kind: {step: round(count / total, 4) for step, count in steps.items()}
                for kind, steps in self._steps.items()
                if (total := steps.total())
            },
            "share_as_asked": round(self._as_asked() / max(len(times), 1), 4),
        }
        if len(self._seconds) > 1:
            found["by_kind"] = {kind: cuts(times) for kind, times in self._seconds.items()}
        return found

    def _as_asked(self) -> int:
        return sum(self._steps[kind][step] for kind, step in self._step_of.items())


def cuts(seconds: list[float]) -> dict[str, float]:
    """Return percentiles in milliseconds; none without any figure."""
    if not seconds:
        return {}
    found = np.percentile(seconds, list(CUTS.values())) * 1000
    return {name: round(float(cut), 3) for name, cut in zip(CUTS, found, strict=True)}
