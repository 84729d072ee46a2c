"""Figures of several rounds, and what they are held against."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        seconds: of one measurement of one way to ask.
        rounds: in which all ways are asked by turns.
        load_seconds: of the load at a fixed rate.
        rate: of that load, questions a second.
        trials: events after which an answer must change.
        saved: products saved until they are recommended.
        switched_off: products switched off under load.
        soak_minutes: 0 for no soak.
    """

    seconds: float = 10.0
    rounds: int = 3
    load_seconds: float = 60.0
    rate: float = 300.0
    trials: int = 200
    saved: int = 60
    switched_off: int = 1_000
    soak_minutes: float = 0.0


QUICK = Sizes(
    seconds=1.0, rounds=1, load_seconds=3.0, rate=50.0, trials=10, saved=3, switched_off=20
)


@dataclass(frozen=True)
class Found:
    """What one case says."""

    figures: Figures
    checks: Sequence[Figures] = field(default_factory=list)


def at_most(name: str, value: float, bar: float, *, holds: bool = True) -> Figures:
    """Return a check; `holds` is what else must be so."""
    return _check(name, value, f"<= {bar:g}", value <= bar and holds)


def at_least(name: str, value: float, bar: float, *, holds: bool = True) -> Figures:
    """Return a check; `holds` is what else must be so."""
    return _check(name, value, f">= {bar:g}", value >= bar and holds)


def _check(name: str, value: float, bar: str, holds: bool) -> Figures:
    return {"name": name, "value": round(value, 4), "bar": bar, "holds": holds}


def over_rounds(rounds: Sequence[Figures]) -> dict[str, Any]:
    """Return each figure's median, lowest and highest over the rounds; counts add up.

    Of figures by name (processes, steps) the medians are enough.
    """
    return {name: _joined(name, [each[name] for each in rounds]) for name in rounds[0]}


def _joined(name: str, values: Sequence[Any]) -> Any:
    if isinstance(values[0], Mapping):
        names = dict.fromkeys(each for value in values for each in value)
        return {each: _middle([value.get(each, 0) for value in values]) for each in names}
    return sum(values) if name == "requests" else spread(values)


def _middle(values: Sequence[Any]) -> Any:
    by_name = [each for each in values if isinstance(each, Mapping)]
    if by_name:
        return _joined("", by_name)  # a round of errors has no steps
    return round(statistics.median(values), 4)


def spread(values: Sequence[float]) -> Figures:
    """Return the median with the lowest and highest."""
    return {
        "median": round(statistics.median(values), 4),
        "low": round(min(values), 4),
        "high": round(max(values), 4),
    }
