"""The product's addresses and one more: what a request costs before it does anything."""

from django.http import HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.views import APIView

from recsys.urls import urlpatterns as product_urls


class EmptyView(APIView):
    """Checks the API key and returns ready bytes."""

    required_scopes = ("recommend",)

    def get(self, request: Request) -> HttpResponse:
        """Answer."""
        return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [path("api/v1/empty", EmptyView.as_view()), *product_urls]
