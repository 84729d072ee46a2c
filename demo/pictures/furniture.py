"""Chairs, armchairs and chests of drawers."""

from demo.pictures.canvas import FLOOR, Canvas
from demo.pictures.curves import ellipse, mirrored, rounded, smooth
from demo.pictures.palettes import mix


def chair(c: Canvas) -> None:
    """A chair with a padded back, seen from the front."""
    seat, half = 57.0, c.look.pick(20, 20, 16)
    c.shadow(50, half + 4)
    for side in (-1, 1):
        c.stick(
            (50 + side * (half - 5), seat), (50 + side * (half - 4), FLOOR - 4), 2.2, c.look.wood
        )
        c.stick((50 + side * (half - 2), seat), (50 + side * (half + 2), FLOOR), 2.8, c.look.wood)
        c.stick((50 + side * (half - 7), 38), (50 + side * (half - 5), seat), 2.4, c.look.wood)
    if c.look.is_round:
        c.body(ellipse(50, 33, 19, 16))
    elif c.look.shape == "straight":
        c.body(rounded(31, 20, 69, 46, 3))
    else:
        c.body(smooth(mirrored([(55, 11), (62, 17), (63, 40), (60, 49)])))
    c.body(
        rounded(50 - half - 2, seat - 4, 50 + half + 2, seat + 4, 4),
        pattern="plain",
        colour=mix(c.look.main, c.look.accent, 0.55),
    )
    c.face(50, 32, 4.4)


def armchair(c: Canvas) -> None:
    """A soft armchair on short legs."""
    half, top = c.look.pick(28, 27, 22), c.look.pick(30, 32, 18)
    c.shadow(50, half + 5)
    for side in (-1, 1):
        c.stick(
            (50 + side * (half - 5), FLOOR - 9), (50 + side * (half - 3), FLOOR), 3, c.look.wood
        )
    back = mirrored([(50 + half * 0.5, top), (50 + half * 0.85, top + 6), (50 + half * 0.85, 70)])
    c.body(
        smooth(back) if c.look.is_round else rounded(50 - half * 0.8, top, 50 + half * 0.8, 72, 7)
    )
    for k in (-1, 0, 1):
        c.knob(50 + k * half * 0.45, top + 15, 1.2, c.look.accent)
    c.body(
        rounded(50 - half * 0.82, 58, 50 + half * 0.82, 70, 5),
        pattern="plain",
        colour=mix(c.look.main, c.look.palette.neutral, 0.3),
    )
    c.body(rounded(50 - half * 0.86, 67, 50 + half * 0.86, FLOOR - 6, 3))
    for side in (-1, 1):
        x = 50 + side * half * 0.98
        c.body(
            rounded(x - 6, 50, x + 6, FLOOR - 6, 6),
            colour=mix(c.look.main, c.look.accent, 0.4),
            pattern="plain",
        )
    c.face(50, top + 24, 4.4)


def chest(c: Canvas) -> None:
    """A chest of drawers with something small on top."""
    half, top = c.look.pick(24, 27, 17), c.look.pick(42, 46, 26)
    drawers = c.look.pick(3, 2, 4)
    c.shadow(50, half + 3)
    for side in (-1, 1):
        c.stick(
            (50 + side * (half - 5), FLOOR - 8), (50 + side * (half - 3), FLOOR), 2.8, c.look.wood
        )
    c.body(
        rounded(50 - half, top, 50 + half, FLOOR - 6, c.look.pick(8, 2, 3)),
        pattern="plain",
        colour=c.look.wood,
    )
    height = (FLOOR - 8 - top - 2) / drawers
    for k in range(int(drawers)):
        y = top + 2.5 + k * height
        c.body(rounded(50 - half + 2.5, y, 50 + half - 2.5, y + height - 1.6, 1.6))
        for side in (-1, 1):
            c.knob(50 + side * half * 0.42, y + height / 2, 1.6, c.look.accent)
    c.body(
        rounded(50 - half - 1.5, top - 2.5, 50 + half + 1.5, top + 1.5, 1.5),
        pattern="plain",
        colour=mix(c.look.wood, (255, 255, 255), 0.15),
    )
    x = 50 - half * 0.5 + c.look.variant * half
    c.body(
        smooth(
            [
                (x - 4, top - 3),
                (x - 5, top - 10),
                (x, top - 14),
                (x + 5, top - 10),
                (x + 4, top - 3),
            ]
        ),
        colour=c.look.accent,
        pattern="plain",
    )
    c.face(50, top + 2.5 + height * 0.5, 3.4)
