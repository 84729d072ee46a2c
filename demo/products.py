"""The simulated products: what a feed tells about them, and what it hides."""

from dataclasses import dataclass
from random import Random
from typing import Any

from demo.catalogue import BRANDS, KINDS, Kind
from demo.pictures import COLOUR_NAMES, PALETTES, PATTERNS, SHAPES, Look
from demo.texts import write_description, write_title
from demo.themes import THEMES, Theme

CIRCLE_SIZE = 30  # products that the same people buy, for no reason one can see or read
_SHARE_WITHOUT_PICTURE = 0.10
_SHARE_WITHOUT_DESCRIPTION = 0.05
_SHARE_WITHOUT_EVENTS = 0.05  # not on sale before the last day: nobody can have met them
_SHARE_LAUNCHED_LATER = 0.6  # of the rest: on sale from some day within the history
_SHARE_WITH_A_SMILE = 0.25


@dataclass(frozen=True)
class SimulatedProduct:
    """One product with its hidden traits: `look`, `theme`, and its place in a `circle`.

    `circle_position` orders the products of a circle: what comes next there is what
    people tend to take next.
    """

    product_id: str
    kind: Kind
    theme: Theme
    look: Look
    circle: int
    circle_position: int
    title: str
    description: str
    material: str
    brand: str
    price: float
    has_picture: bool
    launched: float  # when it went on sale, 0..1 over the days of the history

    @property
    def is_new(self) -> bool:
        """Whether it goes on sale only when the history ends."""
        return self.launched >= 1.0

    @property
    def image(self) -> str | None:
        """The file name of the picture."""
        return f"{self.product_id}.jpg" if self.has_picture else None

    def feed_row(self) -> dict[str, Any]:
        """Return what the shop's feed says: no hidden trait is in it."""
        return {
            "id": self.product_id,
            "title": self.title,
            "description": self.description,
            "category": self.kind.category,
            "brand": self.brand,
            "price": self.price,
            "currency": "EUR",
            "attributes": {"colour": self.look.colour_name, "material": self.material},
            "image": self.image,
        }

    def traits_row(self) -> dict[str, Any]:
        """Return the hidden traits, for those who analyse the demo."""
        return {
            "id": self.product_id,
            "palette": self.look.palette_name,
            "pattern": self.look.pattern,
            "shape": self.look.shape,
            "theme": self.theme.name,
            "circle": self.circle,
            "circle_position": self.circle_position,
            "launched": round(self.launched, 3),
        }


def make_products(num_products: int, *, seed: int) -> list[SimulatedProduct]:
    """Return `num_products` products, the kinds evenly spread over the ids."""
    rng = Random(f"products {seed}")  # noqa: S311 - repeatable on purpose
    kinds = [KINDS[k % len(KINDS)] for k in range(num_products)]
    rng.shuffle(kinds)
    places = list(range(num_products))
    rng.shuffle(places)  # circles know nothing of kinds, looks and themes
    without_picture = _some(num_products, _SHARE_WITHOUT_PICTURE, rng)
    without_text = _some(num_products, _SHARE_WITHOUT_DESCRIPTION, rng)
    without_events = _some(num_products, _SHARE_WITHOUT_EVENTS, rng)
    titles: set[str] = set()
    return [
        _make_product(
            k,
            kinds[k],
            places[k],
            titles,
            has_picture=k not in without_picture,
            has_text=k not in without_text,
            is_new=k in without_events,
            seed=seed,
        )
        for k in range(num_products)
    ]


def _some(number: int, share: float, rng: Random) -> set[int]:
    return set(rng.sample(range(number), k=round(number * share)))


def _make_product(
    k: int,
    kind: Kind,
    place: int,
    titles: set[str],
    *,
    has_picture: bool,
    has_text: bool,
    is_new: bool,
    seed: int,
) -> SimulatedProduct:
    rng = Random(f"product {seed} {k}")  # noqa: S311 - repeatable on purpose
    theme, material = rng.choice(THEMES), rng.choice(kind.materials)
    return SimulatedProduct(
        product_id=f"{k + 101:06d}",
        kind=kind,
        theme=theme,
        look=_make_look(rng),
        circle=place // CIRCLE_SIZE,
        circle_position=place % CIRCLE_SIZE,
        title=write_title(kind, theme, rng, taken=titles),
        description=write_description(kind, theme, material, rng) if has_text else "",
        material=material,
        brand=rng.choice(BRANDS),
        price=round(round(kind.price * rng.uniform(0.7, 1.5)) - rng.choice((0.01, 0.05, 0.5)), 2),
        has_picture=has_picture,
        launched=1.0 if is_new else _launch(rng),
    )


def _launch(rng: Random) -> float:
    return rng.uniform(0.05, 0.97) if rng.random() < _SHARE_LAUNCHED_LATER else 0.0


def _make_look(rng: Random) -> Look:
    return Look(
        palette_name=rng.choice(list(PALETTES)),
        colour_name=rng.choice(COLOUR_NAMES),
        pattern=rng.choice(list(PATTERNS)),
        shape=rng.choice(SHAPES),
        smiles=rng.random() < _SHARE_WITH_A_SMILE,
        variant=rng.random(),
        seed=rng.getrandbits(32),
    )
