"""Robots, kites and hot-air balloons."""

from demo.pictures.canvas import FLOOR, Canvas
from demo.pictures.curves import Point, arc, ellipse, mirrored, rounded, smooth, star
from demo.pictures.palettes import mix

DARK = (46, 42, 58)


def _robot_head(c: Canvas, top: float, half: float) -> None:
    c.line([(50, top), (50, top - 7)], 1.3, DARK)
    c.knob(50, top - 9, 2.8, c.look.palette.colours["red"])
    for side in (-1, 1):
        c.body(
            rounded(50 + side * half - 2.6, top + 7, 50 + side * half + 2.6, top + 15, 1.4),
            colour=c.look.accent,
            pattern="plain",
        )
    c.body(rounded(50 - half, top, 50 + half, top + 22, c.look.pick(11, 3, 6)), pattern="plain")
    c.fill(rounded(50 - half + 3.5, top + 4, 50 + half - 3.5, top + 18, c.look.pick(7, 2, 4)), DARK)
    light = mix(c.look.palette.colours["yellow"], (255, 255, 255), 0.4)
    for side in (-1, 1):
        c.knob(50 + side * half * 0.38, top + 9.5, 2.5, light)
    grin = 4.6 if c.look.smiles else 2.6
    c.line(arc(50, top + 12.4, grin, 0.75 * grin, start=15, end=165), 1.1, light)


def robot(c: Canvas) -> None:
    """A friendly tin robot."""
    half = c.look.pick(17, 17, 12)
    c.shadow(50, half + 6)
    for side in (-1, 1):
        c.stick((50 + side * half * 0.5, 70), (50 + side * half * 0.5, FLOOR - 3), 4, DARK)
        c.body(
            arc(50 + side * half * 0.55, FLOOR, 6.4, 5.6, start=180, end=360),
            colour=c.look.accent,
            pattern="plain",
        )
        raised = side > 0 and c.look.variant > 0.4
        hand: Point = (50 + side * (half + 11), 38.0 if raised else 66.0)
        c.line([(50 + side * half, 50), (50 + side * (half + 7), 54), hand], 3.2, DARK)
        c.knob(*hand, 3.8, c.look.accent)
    c.body(rounded(50 - half, 45, 50 + half, 74, c.look.pick(12, 3, 6)))
    c.body(
        rounded(50 - half * 0.55, 51, 50 + half * 0.55, 63, 2),
        colour=c.look.palette.neutral,
        pattern="plain",
    )
    c.fill(star(50, 57, 4.4), c.look.palette.colours["yellow"])
    _robot_head(c, 21, half + 2)


def kite(c: Canvas) -> None:
    """A kite with a tail of bows."""
    half, foot = c.look.pick(25, 24, 17), c.look.pick(56, 60, 64)
    top, cross = 8.0, c.look.pick(28, 30, 26)
    tail: list[Point] = [
        (50, foot),
        (44, foot + 8),
        (55, foot + 16),
        (48, foot + 24),
        (56, foot + 31),
    ]
    c.line(tail, 0.9, c.look.palette.ink)
    for k, (x, y) in enumerate(tail[1:]):
        bow = c.look.palette.colours[("red", "yellow", "blue", "green")[k]]
        c.fill(
            [(x - 4.4, y - 2.6), (x - 4.4, y + 2.6), (x + 4.4, y - 2.6), (x + 4.4, y + 2.6)], bow
        )
    corners: list[Point] = [(50, top), (50 + half, cross), (50, foot), (50 - half, cross)]
    if c.look.is_round:
        arch = [(50 + half, cross), (50, foot), (50 - half, cross)]
        corners = [*arc(50, cross, half, cross - top, start=180, end=360), *arch]
    c.body(corners)
    c.fill([(50, cross), (50 + half, cross), (50, foot)], mix(c.look.accent, c.look.main, 0.15))
    c.line([(50, top), (50, foot)], 1.1, c.look.wood)
    c.line([(50 - half, cross), (50 + half, cross)], 1.1, c.look.wood)
    c.face(50, cross + 7, 4.4)


def balloon(c: Canvas) -> None:
    """A hot-air balloon to hang over a bed."""
    rx, y = c.look.pick(28, 25, 20), 36.0
    ry, basket = c.look.pick(26, 27, 30), 78.0
    for x, cy, size in ((17, 64, 6), (84, 26, 5), (80, 70, 5)):
        cloud = mix(c.look.palette.paper[0], (255, 255, 255), 0.75)
        for dx, r in ((-size, 0.6), (0, 1.0), (size, 0.7)):
            c.oval(x + dx, cy - (r - 0.6) * 3, size * r, size * r * 0.62, cloud)
    for side in (-1, 1):
        c.line([(50 + side * rx * 0.45, y + ry * 0.86), (50 + side * 6, basket)], 0.8, c.look.wood)
    skin = [*arc(50, y, rx, ry, start=140, end=400), (56, y + ry + 5), (44, y + ry + 5)]
    c.body(skin)
    c.body(
        mirrored([(50 + rx * 0.30, y + ry - 3), (55, y + ry + 6)]),
        colour=c.look.accent,
        pattern="plain",
    )
    c.body(ellipse(50, y - ry + 4, rx * 0.42, 4.4), colour=c.look.accent, pattern="plain")
    c.body(rounded(42.5, basket - 1, 57.5, basket + 10, 2.4), colour=c.look.wood, pattern="stripes")
    c.body(
        rounded(41.5, basket - 2.4, 58.5, basket + 1.6, 1.6), colour=c.look.wood, pattern="plain"
    )
    c.gloss(smooth([(50 - rx + 7, y - 10), (50 - rx + 5, y), (50 - rx + 7, y + 8)])[:24], 2.2)
    c.face(50, y + 2, 5)
