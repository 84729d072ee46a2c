"""The simulated shoppers: each is led by looks, by words, by a circle, or by a mix."""

from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.catalogue import KINDS
from demo.names import FIRST_NAMES
from demo.pictures import PALETTES, PATTERNS, SHAPES
from demo.products import CIRCLE_SIZE, SimulatedProduct
from demo.themes import THEMES

Floats = NDArray[np.float64]

LEADS: tuple[str, ...] = ("looks", "words", "circle", "mix")
_LEAD_SHARES = (0.38, 0.30, 0.18, 0.14)
_FULL, _FAINT, _MIXED = 1.0, 0.45, 0.75  # how strongly a taste pulls

# Logits. Chosen so that each of looks, words and circles tells something the others do not.
_PALETTE_PULL, _PATTERN_PULL, _SHAPE_PULL = 5.0, 2.0, 0.8
_THEME_PULL = 4.5
_CIRCLE_PULL = 4.2
_SECTION_PULL = 2.0

_PALETTE_WORDS = {
    "pastel": "soft pastels",
    "vivid": "bold, bright colours",
    "earthy": "warm earth tones",
    "midnight": "deep jewel colours in the dark",
    "neon": "loud neon",
    "nordic": "pale nordic calm",
}
_PATTERN_WORDS = {
    "plain": "no pattern at all",
    "diagonals": "slanting stripes",
    "dots": "polka dots",
    "zigzag": "zigzags",
    "waves": "fish scales",
    "flowers": "daisies",
    "terrazzo": "terrazzo chips",
}


@dataclass(frozen=True)
class Taste:
    """The ground truth about one shopper."""

    user_id: str
    name: str
    led_by: str
    palette: str
    patterns: tuple[str, str]
    shape: str
    theme: str
    circle: int
    sections: tuple[str, str]  # top categories this shopper looks at most

    def pull(self, lead: str) -> float:
        """Return how strongly looks, words or the circle move this shopper."""
        if self.led_by == "mix":
            return _MIXED
        return _FULL if self.led_by == lead else _FAINT

    @property
    def phrase(self) -> str:
        """What this shopper likes, in one phrase."""
        theme = next(theme for theme in THEMES if theme.name == self.theme)
        palette = _PALETTE_WORDS[self.palette]
        patterns = " and ".join(_PATTERN_WORDS.get(name, name) for name in self.patterns)
        liking = {
            "looks": f"likes {palette}, with {patterns}",
            "words": f"likes {theme.likes}",
            "circle": f"no taste one could see or read: buys what circle {self.circle + 1} buys",
            "mix": f"likes {palette}, {theme.likes}, and what circle {self.circle + 1} buys",
        }[self.led_by]
        return f"{liking}; mostly {' and '.join(self.sections).lower()}"

    def public_row(self) -> dict[str, str]:
        """Return what the storefront shows to those who want to be this shopper."""
        return {
            "user_id": self.user_id,
            "name": self.name,
            "led_by": self.led_by,
            "likes": self.phrase,
        }

    def ground_truth(self) -> dict[str, Any]:
        """Return everything, with the pulls."""
        return asdict(self) | {"pulls": {lead: self.pull(lead) for lead in LEADS[:3]}}


def make_tastes(num_shoppers: int, *, num_products: int, seed: int) -> list[Taste]:
    """Return `num_shoppers` shoppers with tastes drawn independently of each other."""
    rng = Random(f"tastes {seed}")  # noqa: S311 - repeatable on purpose
    num_circles = max(1, -(-num_products // CIRCLE_SIZE))
    return [_make_taste(k, num_circles, rng) for k in range(num_shoppers)]


def _make_taste(k: int, num_circles: int, rng: Random) -> Taste:
    sections = sorted({kind.category.split(" > ")[0] for kind in KINDS})
    first, second = rng.sample(list(PATTERNS), k=2)
    one, other = rng.sample(sections, k=2)
    return Taste(
        user_id=f"u{k + 1:04d}",
        name=_name(k),
        led_by=rng.choices(LEADS, weights=_LEAD_SHARES)[0],
        palette=rng.choice(list(PALETTES)),
        patterns=(first, second),
        shape=rng.choice(SHAPES),
        theme=rng.choice(THEMES).name,
        circle=rng.randrange(num_circles),
        sections=(one, other),
    )


def _name(k: int) -> str:
    round_, position = divmod(k, len(FIRST_NAMES))
    first = FIRST_NAMES[position]
    return first if round_ == 0 else f"{first} {chr(ord('A') + (round_ - 1) % 26)}."


def utilities(taste: Taste, products: list[SimulatedProduct]) -> Floats:
    """Return (N,) logits: how much this shopper is drawn to each product, popularity aside."""
    return np.array([_utility(taste, product) for product in products])


def _utility(taste: Taste, product: SimulatedProduct) -> float:
    look = product.look
    looks = (
        _PALETTE_PULL * (look.palette_name == taste.palette)
        + _PATTERN_PULL * (look.pattern in taste.patterns)
        + _SHAPE_PULL * (look.shape == taste.shape)
    )
    words = _THEME_PULL * (product.theme.name == taste.theme)
    circle = _CIRCLE_PULL * (product.circle == taste.circle)
    section = _SECTION_PULL * (product.kind.category.split(" > ")[0] in taste.sections)
    return (
        taste.pull("looks") * looks
        + taste.pull("words") * words
        + taste.pull("circle") * circle
        + section
    )
