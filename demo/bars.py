"""The contributions of the branches to one product's score, as small bars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_ORDER = ("behaviour", "text", "image", "popularity", "rules")
_ROW_HEIGHT = 4.8
_WIDTH = 100.0


@dataclass(frozen=True)
class Bar:
    """One branch: a bar from zero to its contribution, in units of the drawing."""

    branch: str
    value: float
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Bars:
    """All branches of one product. `spoken` says the same for those who cannot see it."""

    bars: tuple[Bar, ...]
    zero: float
    spoken: str

    @property
    def height(self) -> float:
        """The height of the drawing, in its own units."""
        return round(len(self.bars) * _ROW_HEIGHT, 2)


@dataclass(frozen=True)
class Scale:
    """One scale for a whole shelf, so that bars compare between its products."""

    low: float
    high: float

    @classmethod
    def of(cls, contributions: Iterable[Mapping[str, float]]) -> "Scale":
        """Return the scale on which all contributions, and zero, have room."""
        values = [value for one in contributions for value in one.values()]
        return cls(min(0.0, *values, 0.0), max(0.0, *values, 0.0))

    def position(self, value: float) -> float:
        """Return the place of a value, 0..100."""
        span = self.high - self.low
        return round(_WIDTH * (value - self.low) / span, 2) if span else 0.0


def ordered_branches(contributions: Mapping[str, float]) -> list[str]:
    """Return the branches in the order they are drawn; unknown ones last."""
    known = [branch for branch in _ORDER if branch in contributions]
    return known + sorted(set(contributions) - set(known))


def make_bars(contributions: Mapping[str, float], scale: Scale) -> Bars:
    """Return one product's bars."""
    branches = ordered_branches(contributions)
    zero = scale.position(0.0)
    bars = []
    for row, branch in enumerate(branches):
        value = contributions[branch]
        start, end = sorted((zero, scale.position(value)))
        bars.append(Bar(branch, value, start, round(row * _ROW_HEIGHT, 2), round(end - start, 2)))
    spoken = ", ".join(f"{branch} {contributions[branch]:+.2f}" for branch in branches)
    return Bars(tuple(bars), zero, spoken)
