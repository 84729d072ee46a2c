"""Addresses of the app under /api/v1/."""

from django.urls import URLPattern, path

from catalog import converters, views

__all__ = ["converters", "urlpatterns"]  # importing converters makes `external_id` known

urlpatterns: list[URLPattern] = [
    path("products/bulk", views.ProductsBulkView.as_view()),
    path(
        "products/<external_id:product_id>/images/<int:position>", views.ProductImageView.as_view()
    ),
    path("products/<external_id:product_id>", views.ProductView.as_view()),
]
