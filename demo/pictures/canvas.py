"""A sheet to draw one product on: flat colours, soft shading, anti-aliased by supersampling."""

from collections.abc import Sequence
from functools import lru_cache
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from demo.pictures.curves import Outline, Point, arc, ellipse
from demo.pictures.look import Look
from demo.pictures.palettes import PALETTES, Colour, mix
from demo.pictures.patterns import PATTERNS

SIZE = 320
OVERSAMPLING = 3
SHEET = SIZE * OVERSAMPLING
UNIT = SHEET / 100
FLOOR = 84.0  # where things stand, in units of 0..100


@lru_cache(maxsize=1)
def _shading() -> Image.Image:
    """Light from the upper left: one grey square, stretched over every body."""
    y, x = np.mgrid[0:128, 0:128] / 127.0
    light = 1.04 - 0.30 * np.clip(x - 0.35, 0, 1) ** 1.5 - 0.10 * y - 0.10 * np.clip(0.12 - x, 0, 1)
    return Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))


@lru_cache(maxsize=16)
def _backdrop(palette_name: str) -> Image.Image:
    """A wall with a glow and a floor, the same for every product of a palette."""
    wall, floor = PALETTES[palette_name].paper
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    glow = np.exp(-(((x - 0.42) ** 2 + (y - 0.40) ** 2) / 0.10))[..., None]
    colour = np.where((y < 0.74)[..., None], np.array(wall), np.array(floor)).astype(np.float64)
    colour += (255 - colour) * glow * (0.16 if sum(wall) < 300 else 0.55)
    small = Image.fromarray(colour.astype(np.uint8))
    return small.resize((SHEET, SHEET), Image.Resampling.BILINEAR)


class Canvas:
    """Draws in units of 0..100. Later parts lie over earlier ones."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.rng = Random(look.seed)  # noqa: S311 - the strewing of petals, not a secret
        self._image = _backdrop(look.palette_name).copy()
        self._pen = ImageDraw.Draw(self._image)

    def finished(self) -> Image.Image:
        """Return the picture at its final size."""
        margin = 4 * UNIT  # nothing is drawn there, and the thing itself fills the picture better
        box = (margin, margin, SHEET - margin, SHEET - margin)
        return self._image.resize((SIZE, SIZE), Image.Resampling.BOX, box=box)

    def shadow(self, x: float, width: float, *, y: float = FLOOR, depth: float = 3.4) -> None:
        """Lay a soft shadow on the floor, so that nothing floats."""
        small = Image.new("L", (200, 200))
        box = [2 * v for v in (x - width, y - depth, x + width + 3, y + depth)]
        ImageDraw.Draw(small).ellipse(box, fill=105)
        mask = small.filter(ImageFilter.GaussianBlur(3)).resize((SHEET, SHEET))
        top, bottom = int((y - 4 * depth) * UNIT), min(SHEET, int((y + 4 * depth) * UNIT))
        part = mask.crop((0, top, SHEET, bottom))
        self._image.paste((24, 18, 40), (0, top), part)

    def fill(self, outline: Sequence[Point], colour: Colour) -> None:
        """Fill an outline with one flat colour."""
        self._pen.polygon([(x * UNIT, y * UNIT) for x, y in outline], fill=colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Fill an ellipse with one flat colour."""
        box = ((x - rx) * UNIT, (y - ry) * UNIT, (x + rx) * UNIT, (y + ry) * UNIT)
        self._pen.ellipse(box, fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line with round joints and ends."""
        scaled = [(x * UNIT, y * UNIT) for x, y in points]
        self._pen.line(scaled, fill=colour, width=round(width * UNIT), joint="curve")
        for x, y in (points[0], points[-1]):
            self.oval(x, y, width / 2, width / 2, colour)

    def body(
        self,
        outline: Sequence[Point],
        *,
        colour: Colour | None = None,
        pattern: str | None = None,
        holes: Sequence[Outline] = (),
    ) -> None:
        """Fill an outline with the pattern of the look (or `pattern`) and shade it."""
        scaled = [(x * UNIT, y * UNIT) for x, y in outline]
        left, top = (int(min(p[axis] for p in scaled)) for axis in (0, 1))
        right, bottom = (int(max(p[axis] for p in scaled)) + 1 for axis in (0, 1))
        size = (right - left, bottom - top)
        mask = Image.new("L", size)
        pen = ImageDraw.Draw(mask)
        pen.polygon([(x - left, y - top) for x, y in scaled], fill=255)
        for hole in holes:
            pen.polygon([(x * UNIT - left, y * UNIT - top) for x, y in hole], fill=0)
        shade = _shading().resize(size).convert("RGB")
        cloth = ImageChops.multiply(self._cloth(size, colour, pattern), shade)
        self._image.paste(cloth, (left, top), mask)

    def _cloth(
        self, size: tuple[int, int], colour: Colour | None, pattern: str | None
    ) -> Image.Image:
        ground = colour or self.look.main
        cloth = Image.new("RGB", size, ground)
        draw = PATTERNS[pattern or self.look.pattern]
        two = mix(self.look.accent, ground, 0.1)
        draw(ImageDraw.Draw(cloth), *size, UNIT, self.look.second, two, self.rng)
        return cloth

    def gloss(self, points: Sequence[Point], width: float, *, strength: float = 0.55) -> None:
        """Add a line of reflected light."""
        mask = Image.new("L", (SHEET, SHEET))
        pen = ImageDraw.Draw(mask)
        scaled = [(x * UNIT, y * UNIT) for x, y in points]
        pen.line(scaled, fill=round(255 * strength), width=round(width * UNIT), joint="curve")
        box = mask.getbbox()
        if box:
            self._image.paste((255, 255, 255), box, mask.crop(box))

    def glow(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Add a halo of light, falling off from its centre."""
        across = np.linspace(-1, 1, 96)
        distance = np.sqrt(across[:, None] ** 2 + across[None, :] ** 2)
        alpha = (np.clip(1 - distance, 0, 1) ** 1.6 * 190).astype(np.uint8)
        side = int(2 * radius * UNIT)
        mask = Image.fromarray(alpha).resize((side, side), Image.Resampling.BILINEAR)
        corner = (int((x - radius) * UNIT), int((y - radius) * UNIT))
        self._image.paste(colour, (*corner, corner[0] + side, corner[1] + side), mask)

    def face(self, x: float, y: float, size: float) -> None:
        """Give the thing a friendly face, when its look has one."""
        if not self.look.smiles:
            return
        ink = (52, 40, 54)
        for side in (-1, 1):
            self.oval(x + side * size, y, size * 0.23, size * 0.30, ink)
            self.oval(
                x + side * size - 0.09 * size,
                y - 0.11 * size,
                size * 0.08,
                size * 0.09,
                (255, 255, 255),
            )
            self.oval(
                x + side * size * 1.5,
                y + size * 0.5,
                size * 0.32,
                size * 0.2,
                mix(self.look.main, (255, 92, 120), 0.55),
            )
        smile = arc(x, y + 0.22 * size, 0.5 * size, 0.48 * size, start=15, end=165)
        self.line(smile, 0.17 * size, ink)

    def stick(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        """Draw a leg or a rod: one line with a lit edge."""
        self.line((start, end), width, colour)
        lit = mix(colour, (255, 255, 255), 0.35)
        shift = -width * 0.22
        self.line(((start[0] + shift, start[1]), (end[0] + shift, end[1])), width * 0.22, lit)

    def knob(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Draw a small ball with a light on it."""
        self.fill(ellipse(x, y, radius, radius), colour)
        lit = mix(colour, (255, 255, 255), 0.6)
        self.oval(x - 0.32 * radius, y - 0.36 * radius, radius * 0.3, radius * 0.26, lit)
