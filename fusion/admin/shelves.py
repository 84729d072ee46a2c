"""Products beside each other with their pictures, and how well a picture fits the words."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from catalog.admin.numbers import percent
from catalog.admin.pictures import main_picture, pictures_of, thumbnail
from catalog.models import Product
from fusion.features.picture_fit import content_now
from fusion.models import PictureFit

GOOD, POOR = 0.75, 0.6  # of a fit; chance is 0.5


@dataclass(frozen=True, slots=True)
class Shelved:
    """One product of a shelf."""

    product: Product
    picture: SafeString


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a product's picture and words go together, in words."""

    row: PictureFit
    alike: Sequence[Shelved]
    described: Sequence[Shelved]
    is_outdated: bool

    @property
    def width(self) -> float:
        """Return the score in per cent."""
        return 100 * self.row.score

    @property
    def score(self) -> str:
        """Return the score as people read it."""
        return percent(self.row.score, 0)

    @property
    def standing(self) -> str:
        """Say where it stands in the shop."""
        # Rounded down: never all, since the product is one of them.
        better = math.floor(1000 * self.row.share_better) / 1000
        return f"{percent(better)} of the products do better"

    @property
    def tone(self) -> str:
        """Return the colour of the score."""
        if self.row.score >= GOOD:
            return "rs-c3"
        return "rs-c4" if self.row.score >= POOR else "rs-poor"


def shelf(products: Iterable[Product], *, size: int = 96) -> list[Shelved]:
    """Return products as they stand on a shelf; reads the prefetched pictures."""
    return [Shelved(each, thumbnail(main_picture(each), size=size)) for each in products]


def fits_of(rows: Sequence[PictureFit], *, shown: int, size: int = 96) -> dict[int, Fit]:
    """Return fits by the row's key, each with `shown` neighbours of both kinds.

    As many queries for many rows as for one.
    """
    wanted = {row.product_id for row in rows}
    for row in rows:
        wanted.update(row.near_picture[:shown], row.near_words[:shown])
    products = Product.objects.prefetch_related(pictures_of()).in_bulk(wanted)
    contents = content_now([row.product_id for row in rows])

    def beside(pks: Sequence[int]) -> list[Shelved]:
        return shelf((products[pk] for pk in pks[:shown] if pk in products), size=size)

    fits = {}
    for row in rows:
        row.product = products[row.product_id]
        is_outdated = contents.get(row.product_id) != row.content
        fits[row.pk] = Fit(row, beside(row.near_picture), beside(row.near_words), is_outdated)
    return fits
