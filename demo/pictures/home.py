"""Clocks, cushions and posters."""

import math

from demo.pictures.canvas import FLOOR, Canvas
from demo.pictures.curves import Outline, ellipse, rounded, smooth, star
from demo.pictures.palettes import mix


def clock(c: Canvas) -> None:
    """A clock on the wall."""
    x, y, r = 50.0, 45.0, 29.0
    case: Outline = {
        "round": ellipse(x, y, r, r),
        "straight": rounded(x - r, y - r, x + r, y + r, 6),
        "slim": rounded(x - r * 0.72, y - r, x + r * 0.72, y + r * 1.25, 20),
    }[c.look.shape]
    c.fill([(px + 1.6, py + 2) for px, py in case], mix(c.look.palette.paper[0], (0, 0, 0), 0.22))
    c.body(case)
    dial = r * c.look.pick(0.74, 0.74, 0.58)
    c.body(ellipse(x, y, dial, dial), colour=(253, 250, 244), pattern="plain")
    dark = (46, 42, 58)
    for hour in range(12):
        a = math.radians(30 * hour)
        mark = (x + dial * 0.84 * math.sin(a), y - dial * 0.84 * math.cos(a))
        radius = 0.9 if hour % 3 == 0 else 0.5
        c.oval(*mark, radius, radius, dark)
    c.face(x, y + dial * 0.36, 3.4)
    for length, width, turn in ((0.5, 1.8, 300), (0.76, 1.1, 300 + 360 * c.look.variant)):
        a = math.radians(turn)
        tip = (x + dial * length * math.sin(a), y - dial * length * math.cos(a))
        c.line([(x, y), tip], width, dark)
    c.knob(x, y, 1.8, c.look.accent)


def cushion(c: Canvas) -> None:
    """A plump cushion."""
    y = FLOOR - 28
    wide, high = c.look.pick(27, 29, 34), c.look.pick(27, 26, 17)
    y = FLOOR - high
    c.shadow(50, wide * 0.9)
    if c.look.is_round:
        outline = ellipse(50, y, wide, high)
    else:
        dent = 0.80
        outline = smooth(
            [
                (50 - wide, y - high),
                (50, y - high * dent),
                (50 + wide, y - high),
                (50 + wide * dent * 1.1, y),
                (50 + wide, y + high),
                (50, y + high * dent * 1.12),
                (50 - wide, y + high),
                (50 - wide * dent * 1.1, y),
            ]
        )
    c.line([*outline, outline[0]], 1.8, c.look.accent)
    c.body(outline)
    if c.look.variant > 0.5 and not c.look.smiles:
        c.knob(50, y, 2.4, c.look.accent)
    c.gloss(
        smooth([(50 - wide * 0.7, y - high * 0.4), (50 - wide * 0.72, y), (50 - wide * 0.66, y)])[
            :14
        ],
        2,
        strength=0.3,
    )
    c.face(50, y, 5.2)


def _motif(c: Canvas, left: float, top: float, right: float, bottom: float) -> None:
    """Draw a landscape, a moon or a planet: three posters in one."""
    x, y, w, h = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    if c.look.variant < 0.34:
        c.knob(x + w * 0.14, y - h * 0.18, w * 0.15, c.look.accent)
        peaks = [
            (left, bottom),
            (left, y + h * 0.16),
            (x - w * 0.18, y - h * 0.04),
            (x + w * 0.08, y + h * 0.2),
            (x + w * 0.28, y + h * 0.06),
            (right, y + h * 0.22),
            (right, bottom),
        ]
        c.fill(peaks, mix(c.look.palette.ink, c.look.main, 0.35))
    elif c.look.variant < 0.67:
        c.knob(x, y, w * 0.27, c.look.palette.neutral)
        c.oval(x + w * 0.1, y - w * 0.06, w * 0.22, w * 0.22, c.look.main)
        for dx, dy in ((-0.3, -0.32), (0.3, -0.2), (0.22, 0.3)):
            c.fill(star(x + dx * w, y + dy * h, w * 0.06), c.look.accent)
    else:
        c.body(ellipse(x, y, w * 0.26, w * 0.26), colour=c.look.accent, pattern="stripes")
        c.line(
            [(x - w * 0.4, y + h * 0.08), (x + w * 0.4, y - h * 0.08)], 1.6, c.look.palette.neutral
        )


def poster(c: Canvas) -> None:
    """A framed picture on the wall."""
    wide, high = c.look.pick(28, 24, 18), c.look.pick(28, 32, 36)
    left, top, right, bottom = 50 - wide, 46 - high, 50 + wide, 46 + high
    c.fill(
        rounded(left + 1.4, top + 2, right + 1.8, bottom + 2.4, 1),
        mix(c.look.palette.paper[0], (0, 0, 0), 0.22),
    )
    c.body(rounded(left, top, right, bottom, 1), colour=c.look.wood, pattern="plain")
    c.fill(rounded(left + 2, top + 2, right - 2, bottom - 2, 0.4), (252, 249, 243))
    inner = (left + 6, top + 6, right - 6, bottom - 6)
    c.body(rounded(*inner, 0.2))
    if c.look.pattern != "plain":  # a calm middle, so that the motif is not lost in the pattern
        c.body(
            ellipse(50, 46, wide * 0.62, wide * 0.62),
            pattern="plain",
            colour=mix(c.look.main, c.look.palette.neutral, 0.45),
        )
    _motif(c, *inner)
    c.face(50, 46, 4.6)
