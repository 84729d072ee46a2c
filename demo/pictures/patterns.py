"""Patterns, drawn on a plain patch: what makes two mugs of one colour different."""

import math
from collections.abc import Callable
from random import Random

from PIL import ImageDraw

from demo.pictures.curves import leaf, star
from demo.pictures.palettes import Colour

Pen = ImageDraw.ImageDraw
Draw = Callable[[Pen, int, int, float, Colour, Colour, Random], None]


def plain(_: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Leave the patch as it is."""


def stripes(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Draw level stripes."""
    step = 9 * u
    for k in range(int(h / step) + 1):
        pen.rectangle((0, (k + 0.5) * step, w, (k + 0.92) * step), fill=one)


def diagonals(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Draw slanting stripes in two colours."""
    step = 11 * u
    for k in range(int((w + h) / step) + 1):
        pen.line((k * step, 0, k * step - h, h), fill=two if k % 3 == 0 else one, width=int(3 * u))


def dots(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Draw staggered dots."""
    step, r = 9 * u, 2.5 * u
    for row in range(int(h / step) + 2):
        for column in range(-1, int(w / step) + 2):
            x, y = (column + 0.5 * (row % 2)) * step + u, row * step + 2 * u
            pen.ellipse((x - r, y - r, x + r, y + r), fill=one)


def checks(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Draw a chequerboard."""
    step = 8 * u
    for row in range(int(h / step) + 1):
        for column in range(row % 2, int(w / step) + 1, 2):
            x, y = column * step, row * step
            pen.rectangle((x, y, x + step, y + step), fill=one)


def zigzag(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Draw rows of peaks."""
    step, width = 7 * u, int(2.4 * u)
    for row in range(int(h / (1.7 * step)) + 2):
        y = row * 1.7 * step
        line = [(k * step, y + (step if k % 2 else 0)) for k in range(int(w / step) + 3)]
        pen.line(line, fill=two if row % 3 == 2 else one, width=width, joint="curve")


def waves(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Draw rows of overlapping scales."""
    r = 6.5 * u
    for row in range(int(h / (r * 0.8)) + 3):
        for column in range(-1, int(w / (2 * r)) + 2):
            x, y = (2 * column + row % 2) * r, row * r * 0.8
            for share in (0.95, 0.5):
                q = r * share
                pen.arc((x - q, y - q, x + q, y + q), 180, 360, fill=one, width=int(1.3 * u))


def leaves(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Draw sprigs of three leaves."""
    step = 15 * u
    for row in range(int(h / step) + 2):
        for column in range(-1, int(w / step) + 2):
            x, y = (column + 0.5 * (row % 2)) * step, (row + 0.6) * step
            turn = rng.uniform(-40, 40)
            for angle, colour in ((-38, one), (38, one), (0, two)):
                pen.polygon(leaf(x, y, 8.5 * u, 3.6 * u, angle + turn), fill=colour)


def flowers(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Draw daisies."""
    step, petal = 15 * u, 2.3 * u
    for row in range(int(h / step) + 2):
        for column in range(-1, int(w / step) + 2):
            x, y = (column + 0.5 * (row % 2)) * step, row * step
            for k in range(6):
                px, py = x + 3.1 * u * math.cos(k * 1.0472), y + 3.1 * u * math.sin(k * 1.0472)
                pen.ellipse((px - petal, py - petal, px + petal, py + petal), fill=one)
            pen.ellipse((x - petal, y - petal, x + petal, y + petal), fill=two)


def stars(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Scatter stars of two sizes."""
    step = 12 * u
    for row in range(int(h / step) + 2):
        for column in range(-1, int(w / step) + 2):
            x = (column + 0.5 * (row % 2) + rng.uniform(-0.15, 0.15)) * step
            big = (row + column) % 2 == 0
            pen.polygon(star(x, row * step, (4 if big else 2.4) * u), fill=one if big else two)


def terrazzo(pen: Pen, w: int, h: int, u: float, one: Colour, two: Colour, rng: Random) -> None:
    """Strew chips of stone."""
    for k in range(int(w * h / (62 * u * u)) + 1):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(1.3, 3.2) * u
        corners = sorted(rng.uniform(0, 2 * math.pi) for _ in range(5))
        chip = [(x + r * math.cos(a), y + r * math.sin(a)) for a in corners]
        pen.polygon(chip, fill=two if k % 3 == 0 else one)


PATTERNS: dict[str, Draw] = {
    "plain": plain,
    "stripes": stripes,
    "diagonals": diagonals,
    "dots": dots,
    "checks": checks,
    "zigzag": zigzag,
    "waves": waves,
    "leaves": leaves,
    "flowers": flowers,
    "stars": stars,
    "terrazzo": terrazzo,
}
