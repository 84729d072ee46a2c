"""Colour families: the same five colour names, in six moods.

A product's text may say "blue". Whether that is a pastel, an earthy or a neon blue
only the picture shows, and that is what a shopper with a taste in looks follows.
"""

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """One mood: named colours, a light neutral, a dark ink and the paper behind it all."""

    name: str
    colours: dict[str, Colour]
    neutral: Colour
    ink: Colour
    paper: tuple[Colour, Colour]  # wall, floor


PALETTES: dict[str, Palette] = {
    palette.name: palette
    for palette in (
        Palette(
            "pastel",
            {
                "red": (244, 160, 165),
                "yellow": (250, 220, 145),
                "green": (163, 212, 176),
                "blue": (156, 196, 236),
                "violet": (200, 176, 232),
            },
            neutral=(255, 250, 244),
            ink=(112, 92, 124),
            paper=((255, 240, 241), (249, 223, 228)),
        ),
        Palette(
            "vivid",
            {
                "red": (232, 51, 60),
                "yellow": (255, 190, 11),
                "green": (34, 164, 82),
                "blue": (24, 105, 232),
                "violet": (131, 56, 226),
            },
            neutral=(255, 255, 255),
            ink=(27, 31, 59),
            paper=((232, 244, 255), (196, 223, 250)),
        ),
        Palette(
            "earthy",
            {
                "red": (178, 82, 56),
                "yellow": (212, 159, 72),
                "green": (120, 132, 78),
                "blue": (90, 118, 132),
                "violet": (128, 94, 104),
            },
            neutral=(243, 231, 211),
            ink=(70, 51, 40),
            paper=((240, 228, 208), (217, 197, 166)),
        ),
        Palette(
            "midnight",
            {
                "red": (171, 38, 78),
                "yellow": (218, 176, 66),
                "green": (20, 126, 104),
                "blue": (52, 74, 176),
                "violet": (106, 52, 142),
            },
            neutral=(226, 218, 240),
            ink=(240, 214, 140),
            paper=((41, 38, 74), (25, 22, 50)),
        ),
        Palette(
            "neon",
            {
                "red": (255, 51, 138),
                "yellow": (226, 255, 56),
                "green": (42, 240, 164),
                "blue": (58, 92, 255),
                "violet": (168, 62, 255),
            },
            neutral=(250, 250, 255),
            ink=(22, 16, 54),
            paper=((222, 206, 255), (188, 164, 250)),
        ),
        Palette(
            "nordic",
            {
                "red": (190, 118, 112),
                "yellow": (206, 184, 138),
                "green": (134, 154, 142),
                "blue": (122, 144, 166),
                "violet": (150, 140, 164),
            },
            neutral=(250, 250, 248),
            ink=(58, 64, 72),
            paper=((243, 244, 244), (221, 225, 227)),
        ),
    )
}
COLOUR_NAMES: tuple[str, ...] = ("red", "yellow", "green", "blue", "violet")


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return `first` moved towards `second` by `share` (0..1)."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)
