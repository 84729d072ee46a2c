"""Addresses of the app under /api/v1/."""

from django.urls import URLPattern, path

from catalog import converters
from users import views

__all__ = ["converters", "urlpatterns"]  # importing converters makes `external_id` known

urlpatterns: list[URLPattern] = [
    path("events", views.EventsView.as_view()),
    path("users/merge", views.MergeView.as_view()),
    path("users/<external_id:shopper_id>/export", views.CustomerExportView.as_view()),
    path("visitors/<external_id:shopper_id>/export", views.VisitorExportView.as_view()),
    path("users/<external_id:shopper_id>", views.CustomerView.as_view()),
    path("visitors/<external_id:shopper_id>", views.VisitorView.as_view()),
]
