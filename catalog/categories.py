"""The category tree, grown from the paths that products name."""

from collections.abc import Iterable

from catalog.models import Category
from catalog.product_data import PATH_SEPARATOR


def ensure_categories(paths: Iterable[str]) -> dict[str, int]:
    """Return the primary key of every path, making missing categories and their parents."""
    wanted = {ancestor for path in paths for ancestor in _with_ancestors(path)}
    known = _primary_keys(wanted)
    missing = wanted - known.keys()
    # Level by level, so that a parent has its key before its children need it.
    for depth in sorted({path.count(PATH_SEPARATOR) for path in missing}):
        level = sorted(path for path in missing if path.count(PATH_SEPARATOR) == depth)
        Category.objects.bulk_create(
            [_category(path, known) for path in level], ignore_conflicts=True
        )
        known |= _primary_keys(level)
    return known


def _with_ancestors(path: str) -> list[str]:
    names = path.split(PATH_SEPARATOR)
    return [PATH_SEPARATOR.join(names[: depth + 1]) for depth in range(len(names))]


def _category(path: str, known: dict[str, int]) -> Category:
    parent, _, name = path.rpartition(PATH_SEPARATOR)
    return Category(path=path, name=name, parent_id=known[parent] if parent else None)


def _primary_keys(paths: Iterable[str]) -> dict[str, int]:
    return dict(Category.objects.filter(path__in=list(paths)).values_list("path", "pk"))
