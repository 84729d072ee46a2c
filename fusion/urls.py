"""Addresses of the app under /api/v1/."""

from django.urls import URLPattern, path

from catalog import converters
from fusion import operate_views, views
from fusion.api import (
    attribution,
    batch,
    bought_together,
    carts,
    explanations,
    pages,
    rankings,
    recently_viewed,
    similar,
    trending,
)
from fusion.serving.patience import patient

__all__ = ["converters", "urlpatterns"]  # importing converters makes `external_id` known

urlpatterns: list[URLPattern] = [
    path("recommendations", patient(views.RecommendationsView.as_view())),
    path(
        "recommendations/<uuid:recommendation_id>/explanations/<external_id:product_id>",
        patient(explanations.ExplanationView.as_view()),
    ),
    path(
        "products/<external_id:product_id>/similar", patient(similar.SimilarProductsView.as_view())
    ),
    path(
        "products/<external_id:product_id>/bought-together",
        patient(bought_together.BoughtTogetherView.as_view()),
    ),
    path(
        "users/<external_id:shopper_id>/recently-viewed",
        patient(recently_viewed.UserRecentlyViewedView.as_view()),
    ),
    path(
        "visitors/<external_id:shopper_id>/recently-viewed",
        patient(recently_viewed.VisitorRecentlyViewedView.as_view()),
    ),
    path("recommendations/batch", patient(batch.BatchView.as_view())),
    path("recommendations/next", patient(pages.NextPageView.as_view())),
    path("carts/recommendations", patient(carts.CartRecommendationsView.as_view())),
    path("rankings", patient(rankings.RankingsView.as_view())),
    path("trending", patient(trending.TrendingView.as_view())),
    path("attribution", attribution.AttributionView.as_view()),
    path("training-runs", operate_views.TrainingRunsView.as_view()),
    path("training-runs/<int:pk>", operate_views.TrainingRunView.as_view(), name="training-run"),
    path("training-runs/<int:pk>/cancel", operate_views.CancelTrainingRunView.as_view()),
    path("model-versions", operate_views.ModelVersionsView.as_view()),
    path("model-versions/<int:pk>", operate_views.ModelVersionView.as_view()),
    path("model-versions/<int:pk>/promote", operate_views.PromoteModelVersionView.as_view()),
    path("model-versions/<int:pk>/rollback", operate_views.RollBackModelVersionView.as_view()),
]
