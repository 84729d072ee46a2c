"""Outlines in units of 0..100, x to the right and y down, whatever the size of the picture."""

import math
from collections.abc import Sequence

import numpy as np

Point = tuple[float, float]
Outline = list[Point]


def smooth(points: Sequence[Point], *, steps: int = 12) -> Outline:
    """Return the closed Catmull-Rom curve through `points`."""
    p1 = np.asarray(points, dtype=np.float64)
    p0, p2, p3 = np.roll(p1, 1, axis=0), np.roll(p1, -1, axis=0), np.roll(p1, -2, axis=0)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return [(float(x), float(y)) for x, y in curve.transpose(1, 0, 2).reshape(-1, 2)]


def mirrored(half: Sequence[Point], *, axis: float = 50.0) -> Outline:
    """Complete the right half of an outline, given from top to bottom, to both sides."""
    return [*half, *((2 * axis - x, y) for x, y in reversed(half))]


def ellipse(x: float, y: float, rx: float, ry: float, *, steps: int = 72) -> Outline:
    """Return an ellipse around (x, y)."""
    turn = 2 * math.pi / steps
    return [(x + rx * math.cos(k * turn), y + ry * math.sin(k * turn)) for k in range(steps)]


def arc(
    x: float, y: float, rx: float, ry: float, *, start: float, end: float, steps: int = 40
) -> Outline:
    """Return the open arc from `start` to `end` (degrees, clockwise from three o'clock)."""
    angles = np.radians(np.linspace(start, end, steps))
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Outline:
    """Return a rectangle with rounded corners."""
    r = min(radius, (right - left) / 2, (bottom - top) / 2)
    corners = (
        (right - r, top + r, -90),
        (right - r, bottom - r, 0),
        (left + r, bottom - r, 90),
        (left + r, top + r, 180),
    )
    return [
        point
        for x, y, start in corners
        for point in arc(x, y, r, r, start=start, end=start + 90, steps=9)
    ]


def star(x: float, y: float, radius: float, *, spikes: int = 5, inner: float = 0.45) -> Outline:
    """Return a star standing on two spikes."""
    turn = math.pi / spikes
    radii = [radius if k % 2 == 0 else radius * inner for k in range(2 * spikes)]
    return [(x + r * math.sin(k * turn), y - r * math.cos(k * turn)) for k, r in enumerate(radii)]


def leaf(x: float, y: float, length: float, width: float, angle: float) -> Outline:
    """Return a leaf whose stem is at (x, y), pointing to `angle` degrees (0 is up)."""
    t = np.linspace(0, 1, 14)
    side = width / 2 * np.sin(np.pi * t**0.8)
    along = np.concatenate([t, t[::-1]]) * length
    across = np.concatenate([side, -side[::-1]])
    a = math.radians(angle)
    xs = x + along * math.sin(a) + across * math.cos(a)
    ys = y - along * math.cos(a) + across * math.sin(a)
    return list(zip(xs.tolist(), ys.tolist(), strict=True))
