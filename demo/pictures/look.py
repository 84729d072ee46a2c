"""What a product looks like: drawn from hidden tastes, never written into its text."""

from dataclasses import dataclass
from functools import cached_property

from demo.pictures.palettes import COLOUR_NAMES, PALETTES, Colour, Palette, mix

SHAPES: tuple[str, ...] = ("round", "straight", "slim")


@dataclass(frozen=True)
class Look:
    """All that a drawing needs to know. `variant` (0..1) makes siblings differ a little."""

    palette_name: str
    colour_name: str
    pattern: str
    shape: str
    smiles: bool
    variant: float
    seed: int

    @cached_property
    def palette(self) -> Palette:
        """The colour family."""
        return PALETTES[self.palette_name]

    @cached_property
    def main(self) -> Colour:
        """The colour of the largest part. A nordic thing is mostly white."""
        named = self.palette.colours[self.colour_name]
        return mix(named, self.palette.neutral, 0.82) if self.palette_name == "nordic" else named

    @cached_property
    def second(self) -> Colour:
        """The colour of the pattern: light on dark things, and the named one on white things."""
        named = self.palette.colours[self.colour_name]
        return named if self.palette_name == "nordic" else self.palette.neutral

    @cached_property
    def accent(self) -> Colour:
        """The colour of handles, feet and buttons."""
        steps = 1 + round(self.variant * 2)
        position = (COLOUR_NAMES.index(self.colour_name) + steps) % len(COLOUR_NAMES)
        return self.palette.colours[COLOUR_NAMES[position]]

    @cached_property
    def wood(self) -> Colour:
        """Legs and stands: the colour of wood, tinted by the family."""
        return mix((188, 138, 92), self.palette.ink, 0.18)

    @property
    def is_round(self) -> bool:
        """Whether bellies bulge."""
        return self.shape == "round"

    def pick(self, round_: float, straight: float, slim: float) -> float:
        """Return the measure that belongs to this shape."""
        return {"round": round_, "straight": straight, "slim": slim}[self.shape]
