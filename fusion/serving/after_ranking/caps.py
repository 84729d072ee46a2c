"""At most so many products of one brand, and of one category."""

from collections import Counter
from collections.abc import Hashable, Iterator

from fusion.serving.filters import Facts
from fusion.serving.scenarios import ScenarioSettings


class Caps:
    """Counts what an answer holds already."""

    def __init__(self, settings: ScenarioSettings) -> None:
        self._most = {"brand": settings.max_per_brand, "category": settings.max_per_category}
        self._are_any = any(most is not None for most in self._most.values())
        self._counts: Counter[tuple[str, Hashable]] = Counter()

    def full(self, product: Facts) -> str:
        """Return which cap the product would break; "" for none."""
        if not self._are_any:
            return ""
        return next(
            (kind for kind, value, most in self._of(product) if self._counts[kind, value] >= most),
            "",
        )

    def count(self, product: Facts) -> None:
        """Count a product that is taken."""
        if not self._are_any:
            return
        for kind, value, _ in self._of(product):
            self._counts[kind, value] += 1

    def _of(self, product: Facts) -> Iterator[tuple[str, Hashable, int]]:
        """Give what the product counts for; one without brand counts for none."""
        for kind, value in (("brand", product.brand), ("category", product.category_pk)):
            most = self._most[kind]
            if most is not None and value:
                yield kind, value, most
