"""Tote bags, backpacks and suitcases."""

from demo.pictures.canvas import FLOOR, Canvas
from demo.pictures.curves import arc, ellipse, mirrored, rounded, smooth
from demo.pictures.palettes import mix


def tote(c: Canvas) -> None:
    """A tote bag with two handles."""
    top, half = c.look.pick(44, 42, 34), c.look.pick(27, 25, 20)
    c.shadow(50, half + 2)
    strap = mix(c.look.accent, c.look.palette.ink, 0.2)
    c.line(arc(50, top + 2, 13, 27, start=180, end=360), 2.4, mix(strap, (0, 0, 0), 0.25))
    side = [(50 + half * 0.86, top), (50 + half, FLOOR - 6), (50 + half * 0.94, FLOOR)]
    if c.look.is_round:
        side = [(50 + half * 0.7, top), (50 + half * 1.08, FLOOR - 16), (50 + half * 0.75, FLOOR)]
        c.body(smooth(mirrored([(50 + half * 0.4, top), *side])))
    else:
        c.body(mirrored(side))
    c.line(arc(50, top + 6, 13, 29, start=180, end=360), 2.8, strap)
    for x in (37, 63):
        c.body(rounded(x - 2.4, top + 4, x + 2.4, top + 12, 1), colour=strap, pattern="plain")
        c.knob(x, top + 8, 0.9, c.look.palette.neutral)
    c.face(50, (top + FLOOR) / 2 + 4, 5)


def backpack(c: Canvas) -> None:
    """A backpack with a front pocket."""
    top, half = c.look.pick(24, 26, 20), c.look.pick(24, 23, 18)
    c.shadow(50, half + 3)
    c.line(arc(50, top + 1, 6, 8, start=180, end=360), 2.2, c.look.palette.ink)
    for side in (-1, 1):
        x = 50 + side * (half + 0.5)
        c.body(
            rounded(x - 4, 52, x + 4, 77, 4),
            colour=mix(c.look.main, c.look.palette.ink, 0.3),
            pattern="plain",
        )
    c.body(rounded(50 - half, top, 50 + half, FLOOR, c.look.pick(22, 8, 15)))
    flap = mix(c.look.accent, c.look.palette.neutral, 0.1)
    c.body(
        rounded(50 - half * 0.76, 55, 50 + half * 0.76, FLOOR - 4, 5), colour=flap, pattern="plain"
    )
    c.line([(50 - half * 0.62, 61), (50 + half * 0.62, 61)], 0.9, c.look.palette.ink)
    c.knob(50 + half * 0.5, 63, 1.4, c.look.palette.neutral)
    c.line([(50 - half * 0.7, top + 13), (50 + half * 0.7, top + 13)], 0.9, c.look.palette.ink)
    c.gloss(arc(50, top + 18, half - 5, 14, start=190, end=230), 1.8)
    c.face(50, 71, 4.4)


def suitcase(c: Canvas) -> None:
    """A suitcase that has been places."""
    half, top = c.look.pick(30, 31, 20), c.look.pick(42, 44, 28)
    c.shadow(50, half + 3)
    c.line([(43, top + 1), (43, top - 6), (57, top - 6), (57, top + 1)], 2.4, c.look.wood)
    for side in (-1, 1):
        c.oval(50 + side * (half - 6), FLOOR - 1.4, 2.6, 2.6, c.look.palette.ink)
    c.body(rounded(50 - half, top, 50 + half, FLOOR - 3, c.look.pick(13, 4, 7)))
    for side in (-1, 1):
        x = 50 + side * half * 0.58
        c.body(
            [(x - 2, top), (x + 2, top), (x + 2, FLOOR - 3), (x - 2, FLOOR - 3)],
            colour=c.look.wood,
            pattern="plain",
        )
        c.fill(rounded(x - 2.8, top + 9, x + 2.8, top + 13, 0.8), c.look.palette.colours["yellow"])
    c.body(ellipse(50, FLOOR - 14, 5.5, 5.5), colour=c.look.accent, pattern="plain")
    c.line([(50 - 3, FLOOR - 14), (50 + 3, FLOOR - 14)], 0.8, c.look.palette.neutral)
    c.face(50, top + 14, 4.4)
