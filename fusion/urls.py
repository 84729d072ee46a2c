"""Addresses of the app under /api/v1/."""

from django.urls import URLPattern, path

from catalog import converters
from fusion import views

__all__ = ["converters", "urlpatterns"]  # importing converters makes `external_id` known

urlpatterns: list[URLPattern] = [
    path("recommendations", views.RecommendationsView.as_view()),
    path("products/<external_id:product_id>/similar", views.SimilarProductsView.as_view()),
]
