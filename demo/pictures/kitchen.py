"""Mugs, teapots and bowls."""

from demo.pictures.canvas import FLOOR, Canvas
from demo.pictures.curves import Point, arc, ellipse, mirrored, smooth
from demo.pictures.palettes import mix

CREAM = (252, 246, 236)
COFFEE = (111, 72, 48)


def _steam(c: Canvas, x: float, y: float) -> None:
    for k, shift in enumerate((-7.0, 0.5, 8.0)):
        height = 12.0 if k == 1 else 9.0
        wave: list[Point] = [
            (x + shift + 1.7 * (1 if step % 2 else -1) * (step % 4 > 0), y - step * height / 4)
            for step in range(5)
        ]
        c.gloss(smooth(wave)[: 4 * 12], 1.3, strength=0.5)


def mug(c: Canvas) -> None:
    """A mug with a handle, and something hot in it."""
    top, half = c.look.pick(40, 38, 30), c.look.pick(24, 22, 18)
    foot = half * c.look.pick(0.62, 1.0, 0.8)
    c.shadow(52, 28)
    ring = ellipse(50 + half, (top + FLOOR) / 2 - 2, 14, (FLOOR - top) * 0.30)
    hole = ellipse(50 + half, (top + FLOOR) / 2 - 2, 8.6, (FLOOR - top) * 0.30 - 5)
    c.body(ring, colour=c.look.accent, pattern="plain", holes=[hole])
    belly = half * c.look.pick(1.12, 1.0, 1.0)
    side = [(50 + half, top), (50 + belly, (top + FLOOR) / 2), (50 + belly, FLOOR - 12)]
    bottom = [*side, (50 + foot + 1, FLOOR - 2), (50 + foot - 3, FLOOR)]
    c.body(mirrored(bottom) if c.look.shape != "round" else smooth(mirrored(bottom)))
    c.oval(50, top, half, 5.2, mix(c.look.main, CREAM, 0.6))
    c.oval(50, top + 0.7, half - 2.2, 3.9, COFFEE)
    c.oval(47, top + 0.4, half * 0.5, 1.6, mix(COFFEE, CREAM, 0.35))
    _steam(c, 50, top - 5)
    c.gloss([(50 - half + 5, top + 9), (50 - half + 6, FLOOR - 16)], 2.2)
    c.face(50, (top + FLOOR) / 2 + 1, 5)


def teapot(c: Canvas) -> None:
    """A teapot with spout, handle and lid."""
    rx, ry = c.look.pick(25, 24, 19), c.look.pick(21, 19, 25)
    y = FLOOR - ry
    c.shadow(50, 30)
    ring, hole = ellipse(50 - rx, y - 2, 13, ry * 0.72), ellipse(50 - rx, y - 2, 8, ry * 0.72 - 5)
    c.body(ring, colour=c.look.accent, pattern="plain", holes=[hole])
    spout = [
        (50 + rx - 8, y + 9),
        (50 + rx + 9, y - 4),
        (50 + rx + 11, y - 17),
        (50 + rx + 17, y - 18),
        (50 + rx + 15, y - 2),
        (50 + rx - 6, y + 15),
    ]
    c.body(smooth(spout), pattern="plain")
    if c.look.shape == "straight":
        c.body(
            smooth(
                mirrored([(62, y - ry), (74, y - ry + 4), (76, y), (70, FLOOR - 1), (58, FLOOR)])
            )
        )
    else:
        c.body(ellipse(50, y, rx, ry))
    c.body(arc(50, y - ry + 4.5, 12, 8, start=180, end=360), colour=c.look.accent, pattern="plain")
    c.line(
        [(37, y - ry + 4.5), (63, y - ry + 4.5)], 2.2, mix(c.look.accent, c.look.palette.ink, 0.3)
    )
    c.knob(50, y - ry - 5.5, 3.4, c.look.wood)
    c.gloss(arc(50, y, rx - 5, ry - 5, start=190, end=235), 2.4)
    c.face(50, y + 2, 5.4)


def bowl(c: Canvas) -> None:
    """A bowl of fruit."""
    half, top = c.look.pick(30, 27, 24), c.look.pick(54, 58, 48)
    c.shadow(50, 22)
    colours = [c.look.palette.colours[name] for name in ("red", "yellow", "green")]
    for k, (dx, dy, r) in enumerate(((-13, -4, 9), (12, -3, 9), (0, -10, 10))):
        c.body(ellipse(50 + dx, top + dy, r, r), colour=colours[k], pattern="plain")
        c.line([(50 + dx, top + dy - r), (51.5 + dx, top + dy - r - 4)], 1.2, (92, 66, 48))
    side: list[Point] = [
        (50 + half, top),
        (50 + half * 0.93, top + 12),
        (50 + half * 0.6, FLOOR - 5),
    ]
    foot: list[Point] = [*side, (50 + half * 0.42, FLOOR - 4), (50 + half * 0.42, FLOOR)]
    c.body(
        mirrored(foot)
        if c.look.shape == "straight"
        else [
            *arc(50, top, half, FLOOR - top - 3, start=0, end=180),
        ]
    )
    c.fill(mirrored([(50 + half * 0.4, FLOOR - 4), (50 + half * 0.45, FLOOR)]), c.look.accent)
    c.line([(50 - half, top), (50 + half, top)], 2.6, mix(c.look.main, CREAM, 0.55))
    c.gloss(arc(50, top, half - 5, FLOOR - top - 8, start=140, end=170), 2.2)
    c.face(50, top + 11, 4.6)
