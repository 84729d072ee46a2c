"""Potted plants, vases and watering cans."""

from demo.pictures.canvas import FLOOR, Canvas
from demo.pictures.curves import Point, arc, ellipse, leaf, mirrored, rounded, smooth
from demo.pictures.palettes import Colour, mix

LEAF: Colour = (74, 148, 92)


def _pot(c: Canvas, top: float) -> None:
    half = c.look.pick(20, 19, 15)
    if c.look.is_round:
        c.body(
            smooth(
                mirrored(
                    [(50 + half * 0.8, top), (50 + half * 1.1, top + 13), (50 + half * 0.7, FLOOR)]
                )
            )
        )
        c.body(rounded(50 - half * 0.86, top - 2, 50 + half * 0.86, top + 2, 2), pattern="plain")
        return
    foot = half * (0.72 if c.look.shape == "straight" else 0.9)
    c.body(mirrored([(50 + half, top), (50 + foot, FLOOR)]))
    c.body(
        rounded(50 - half - 2, top - 3, 50 + half + 2, top + 4, 1.6),
        pattern="plain",
        colour=mix(c.look.main, c.look.accent, 0.5),
    )


def _foliage(c: Canvas, top: float) -> None:
    tint = mix(LEAF, c.look.palette.colours["green"], 0.55)
    if c.look.variant < 0.34:  # a cactus in flower
        for x, y, rx, ry in ((50, top - 15, 9, 21), (36, top - 17, 4.6, 9), (64, top - 21, 4.6, 9)):
            c.body(ellipse(x, y, rx, ry), colour=tint, pattern="plain")
            c.gloss([(x - rx * 0.3, y - ry * 0.6), (x - rx * 0.3, y + ry * 0.5)], 0.8, strength=0.3)
        c.line([(38, top - 11), (43, top - 8)], 4, tint)
        c.line([(62, top - 15), (57, top - 10)], 4, tint)
        c.knob(50, top - 36, 3.4, c.look.palette.colours["red"])
        return
    broad = c.look.variant > 0.67
    for k, angle in enumerate((-62, 60, -36, 37, -13, 15)):
        shade = mix(tint, (18, 60, 44), 0.10 * (k % 3))
        length = (30 if broad else 40) - abs(angle) * 0.1
        c.body(leaf(50, top + 1, length, 15 if broad else 8, angle), colour=shade, pattern="plain")


def plant(c: Canvas) -> None:
    """A plant in a decorated pot."""
    top = c.look.pick(56, 57, 54)
    c.shadow(50, 20)
    _foliage(c, top)
    _pot(c, top)
    c.face(50, top + 14, 4.4)


def _stem(c: Canvas, foot: Point, tip: Point, colour: Colour) -> None:
    c.line([foot, tip], 1.1, mix(LEAF, c.look.palette.colours["green"], 0.5))
    x, y = tip
    for dx, dy in ((-4, 0), (4, 0), (0, -4), (0, 4), (-2.8, -2.8), (2.8, 2.8)):
        c.oval(x + dx, y + dy, 3, 3, colour)
    c.knob(x, y, 2.6, c.look.palette.colours["yellow"])


def vase(c: Canvas) -> None:
    """A vase with three flowers."""
    top = c.look.pick(52, 50, 42)
    c.shadow(50, 17)
    names = ("red", "violet", "blue")
    for k, tip in enumerate(((38.0, 25.0), (50.0, 15.0), (63.0, 23.0))):
        _stem(c, (50, top + 2), tip, c.look.palette.colours[names[k]])
    c.body(leaf(51, top, 17, 6, 48), colour=LEAF, pattern="plain")
    sides: dict[str, list[Point]] = {
        "round": [(55, top), (55, top + 6), (69, top + 18), (60, FLOOR)],
        "straight": [(62, top), (62, FLOOR)],
        "slim": [(54, top), (54, top + 14), (62, top + 31), (57, FLOOR)],
    }
    side = sides[c.look.shape]
    c.body(mirrored(side) if c.look.shape == "straight" else smooth(mirrored(side)))
    rim = c.look.pick(6, 12, 5)
    c.oval(50, top + 0.5, rim, 1.7, mix(c.look.main, c.look.palette.ink, 0.45))
    c.face(50, top + c.look.pick(20, 17, 28), 3.8)


def watering_can(c: Canvas) -> None:
    """A watering can, about to be useful."""
    half, top = c.look.pick(21, 19, 16), c.look.pick(50, 48, 40)
    c.shadow(45, 30)
    c.line(arc(44 - half, (top + FLOOR) / 2 - 2, 10, 15, start=90, end=270), 2.8, c.look.accent)
    c.line(arc(44, top, half * 0.6, 15, start=180, end=360), 2.4, c.look.accent)
    tip: Point = (44 + half + 20, top - 5)
    spout: list[Point] = [
        (44 + half - 3, FLOOR - 16),
        tip,
        (tip[0] + 2.4, tip[1] + 3),
        (44 + half - 3, FLOOR - 7),
    ]
    c.body(spout, colour=mix(c.look.main, c.look.palette.ink, 0.12), pattern="plain")
    rose = [(tip[0] - 3, tip[1] - 5), (tip[0] + 6, tip[1] - 3), (tip[0] + 6, tip[1] + 8)]
    c.body(rose, colour=c.look.accent, pattern="plain")
    c.body(
        ellipse(44, (top + FLOOR) / 2, half + 3, (FLOOR - top) / 2)
        if c.look.is_round
        else rounded(44 - half, top, 44 + half, FLOOR, 4)
    )
    c.oval(
        44, top + (1.5 if c.look.is_round else 1), half * 0.7, 2, mix(c.look.main, (0, 0, 0), 0.3)
    )
    for k in range(3):
        drop = (tip[0] + 8 + 2.2 * k, tip[1] + 10 + 6 * k)
        c.fill(
            smooth(
                [
                    (drop[0], drop[1] - 3),
                    (drop[0] + 1.4, drop[1]),
                    (drop[0], drop[1] + 1.6),
                    (drop[0] - 1.4, drop[1]),
                ]
            ),
            (120, 190, 245),
        )
    c.face(44, (top + FLOOR) / 2 + 2, 4.8)
