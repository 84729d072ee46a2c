"""Table lamps, pendant lamps and lanterns."""

from demo.pictures.canvas import FLOOR, Canvas
from demo.pictures.curves import arc, ellipse, mirrored, rounded, smooth
from demo.pictures.palettes import mix

WARM = (255, 226, 150)


def table_lamp(c: Canvas) -> None:
    """A lamp with a shade, switched on."""
    top, rim = c.look.pick(20, 20, 15), c.look.pick(50, 46, 42)
    wide, narrow = c.look.pick(27, 24, 18), c.look.pick(15, 22, 10)
    c.shadow(50, 17)
    c.glow(50, rim - 2, 38, WARM)
    c.stick((50, rim - 2), (50, FLOOR - 4), 2.6, c.look.wood)
    if c.look.is_round:
        c.body(ellipse(50, FLOOR - 14, 12, 12), colour=c.look.accent, pattern="plain")
    elif c.look.shape == "straight":
        c.body(rounded(41, FLOOR - 25, 59, FLOOR - 3, 3), colour=c.look.accent, pattern="plain")
    else:
        side = [(51.5, rim), (53, FLOOR - 20), (60, FLOOR - 8), (56, FLOOR - 3)]
        c.body(smooth(mirrored(side)), colour=c.look.accent, pattern="plain")
    c.body(rounded(37, FLOOR - 4, 63, FLOOR, 2), colour=c.look.wood, pattern="plain")
    c.oval(50, rim, wide, 3.6, mix(WARM, (255, 255, 255), 0.4))
    dome = arc(50, rim, wide, rim - top, start=180, end=360)
    c.body(dome if c.look.is_round else mirrored([(50 + narrow, top), (50 + wide, rim)]))
    c.line([(50 - wide, rim), (50 + wide, rim)], 1.4, mix(c.look.main, c.look.palette.ink, 0.35))
    c.face(50, rim - 11, 4.4)


def pendant_lamp(c: Canvas) -> None:
    """A lamp that hangs from the ceiling."""
    top, rim = c.look.pick(34, 36, 26), c.look.pick(62, 60, 64)
    wide = c.look.pick(30, 27, 17)
    c.line([(50, 0), (50, top)], 1.1, c.look.palette.ink)
    c.glow(50, rim + 6, 40, WARM)
    c.knob(50, rim + 2, 7, mix(WARM, (255, 255, 255), 0.45))
    if c.look.is_round:
        c.body(arc(50, rim, wide, rim - top, start=180, end=360))
    elif c.look.shape == "straight":
        c.body(mirrored([(56, top), (57, top + 8), (50 + wide, rim)]))
    else:
        side = [(54, top), (60, top + 6), (50 + wide, rim - 12), (50 + wide - 3, rim)]
        c.body(smooth(mirrored(side)))
    if c.look.shape != "slim":
        c.line([(50 - wide, rim), (50 + wide, rim)], 2.4, c.look.accent)
    c.body(rounded(45.5, top - 5, 54.5, top + 3, 1.5), colour=c.look.accent, pattern="plain")
    c.face(50, rim - 9, 4.6)


def lantern(c: Canvas) -> None:
    """A paper lantern with a candle inside."""
    rx, ry = c.look.pick(23, 19, 14), c.look.pick(23, 24, 29)
    y = FLOOR - ry - 4
    c.shadow(50, 18)
    c.line(arc(50, y - ry - 2, 9, 11, start=180, end=360), 1.4, c.look.palette.ink)
    c.glow(50, y, 42, WARM)
    c.body(
        rounded(50 - rx, y - ry, 50 + rx, y + ry, 6)
        if c.look.shape == "straight"
        else ellipse(50, y, rx, ry)
    )
    c.glow(50, y + 3, rx * 0.95, mix(WARM, (255, 255, 255), 0.35))
    for edge in (y - ry, y + ry):
        c.body(rounded(40, edge - 2.5, 60, edge + 2.5, 1.5), colour=c.look.accent, pattern="plain")
    c.fill(rounded(42, FLOOR - 3, 58, FLOOR, 1), c.look.wood)
    c.face(50, y + 1, 5)
