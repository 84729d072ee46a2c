"""T-shirts, sweaters and socks."""

from demo.pictures.canvas import Canvas
from demo.pictures.curves import Outline, Point, arc, ellipse, mirrored, rounded, smooth
from demo.pictures.palettes import mix

LINEN = (250, 250, 250)


def _hanger(c: Canvas) -> None:
    c.line([(50, 14), *arc(53, 9, 3, 3, start=180, end=400)], 1.1, c.look.palette.ink)
    c.line([(34, 25), (50, 15), (66, 25)], 1.8, c.look.wood)


def _torso(c: Canvas, *, sleeve: float, hem: float) -> Outline:
    """Return a top on a hanger; `sleeve` is how far down the arms reach."""
    waist = c.look.pick(23, 21, 17)
    reach = 50 + c.look.pick(36, 33, 30) + (2 if sleeve > 60 else 0)
    return mirrored(
        [
            (58, 22),
            (70, 26),
            (reach, sleeve - 6),
            (reach - 9, sleeve),
            (50 + waist - 1, 43),
            (50 + waist, hem),
            (50, hem + 1),
        ]
    )


def t_shirt(c: Canvas) -> None:
    """A T-shirt on a hanger."""
    _hanger(c)
    c.body(_torso(c, sleeve=46, hem=82))
    c.fill(arc(50, 22, 8.4, 7.4, start=0, end=180), mix(c.look.accent, LINEN, 0.1))
    c.fill(arc(50, 21.6, 6.4, 5.2, start=0, end=180), mix(c.look.main, (0, 0, 0), 0.35))
    if c.look.variant > 0.5:
        c.body(rounded(54, 42, 64, 53, 2), colour=c.look.accent, pattern="plain")
    c.face(50, 60, 5)


def sweater(c: Canvas) -> None:
    """A knitted sweater with ribbed cuffs."""
    _hanger(c)
    hem = 80.0
    c.body(_torso(c, sleeve=72, hem=hem))
    waist, reach = c.look.pick(23, 21, 17), 50 + c.look.pick(36, 33, 30) + 2
    ribs = mix(c.look.accent, c.look.main, 0.25)
    c.body(rounded(50 - waist, hem - 5, 50 + waist, hem + 2, 2), colour=ribs, pattern="plain")
    for side in (-1, 1):
        tip: list[Point] = [
            (50 + side * (reach - 50 + 1), 64.5),
            (50 + side * (reach - 50 + 1.5), 69),
            (50 + side * (reach - 60), 75),
            (50 + side * (reach - 60.5), 69.5),
        ]
        c.body(tip, colour=ribs, pattern="plain")
    c.body(smooth([(40, 19), (60, 19), (60, 26), (50, 31), (40, 26)]), colour=ribs, pattern="plain")
    c.fill(ellipse(50, 20.5, 7.4, 3), mix(c.look.main, (0, 0, 0), 0.4))
    c.face(50, 55, 5)


def _sock(c: Canvas, x: float, y: float) -> None:
    width, length = c.look.pick(13, 12, 9.5), c.look.pick(32, 38, 46)
    heel = y + length
    foot = [
        (x, y),
        (x + width, y),
        (x + width, heel - 6),
        (x + width + 12, heel + 1),
        (x + width + 13, heel + 9),
        (x + width, heel + 12),
        (x + 4, heel + 9),
        (x, heel),
    ]
    c.body(foot[:3] + smooth(foot)[24:])
    c.body(ellipse(x + width + 8.5, heel + 5.4, 5.4, 5.4), colour=c.look.accent, pattern="plain")
    c.body(ellipse(x + 4.2, heel + 4, 4.4, 5), colour=c.look.accent, pattern="plain")
    c.body(rounded(x - 1, y - 5, x + width + 1, y + 3, 2), colour=c.look.accent, pattern="plain")


def socks(c: Canvas) -> None:
    """A pair of socks on a line."""
    c.line([(4, 19), (50, 22), (96, 18)], 0.9, c.look.palette.ink)
    top = 24.0
    for x in (21.0, 54.0):
        _sock(c, x, top + (2 if x > 40 else 0))
        peg = rounded(x + 3, top - 9, x + 6, top + 1, 0.8)
        c.fill(peg, c.look.wood)
    if c.look.smiles:
        c.face(27.5, top + 17, 2.7)
        c.face(60.5, top + 19, 2.7)
