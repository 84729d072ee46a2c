"""Training curves as points of small SVG charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240.0, 72.0
MARGIN = 4.0


@dataclass(frozen=True, slots=True)
class Chart:
    """One curve, scaled to WIDTH x HEIGHT.

    Attributes:
        points: what an SVG polyline wants: "x,y x,y …".
    """

    stage: str
    quantity: str
    points: str
    first: float
    last: float
    lowest: float
    highest: float
    num_points: int


def charts(curves: Mapping[str, Sequence[Sequence[float]]]) -> list[Chart]:
    """Return one chart for each curve `{"stage.quantity": [[step, value], …]}` with a point."""
    return [_chart(name, points) for name, points in sorted(curves.items()) if points]


def _chart(name: str, points: Sequence[Sequence[float]]) -> Chart:
    stage, _, quantity = name.rpartition(".")
    steps = [step for step, _ in points]
    values = [value for _, value in points]
    x = _scaled(steps, WIDTH)
    y = [HEIGHT - each for each in _scaled(values, HEIGHT)]  # SVG counts downwards
    return Chart(
        stage=stage,
        quantity=quantity,
        points=" ".join(f"{left:.1f},{top:.1f}" for left, top in zip(x, y, strict=True)),
        first=values[0],
        last=values[-1],
        lowest=min(values),
        highest=max(values),
        num_points=len(points),
    )


def _scaled(values: Sequence[float], extent: float) -> list[float]:
    """Map values to MARGIN … extent - MARGIN; a constant lies in the middle."""
    low, high = min(values), max(values)
    if high == low:
        return [extent / 2] * len(values)
    room = extent - 2 * MARGIN
    return [MARGIN + room * (value - low) / (high - low) for value in values]
