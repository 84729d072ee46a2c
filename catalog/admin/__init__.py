"""Admin pages of the catalogue."""

from catalog.admin import categories, images, products

__all__ = ["categories", "images", "products"]
