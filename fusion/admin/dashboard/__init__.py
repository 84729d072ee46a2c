"""The first page: is everything there, is it fresh, is it any good."""

from fusion.admin.dashboard.views import add_figures, download, figures, health

__all__ = ["add_figures", "download", "figures", "health"]
