"""Admin pages of the catalogue."""

from catalog.admin import categories, images, products, vectors

__all__ = ["categories", "images", "products", "vectors"]
