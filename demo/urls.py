"""Addresses of the demo shop, mounted only when settings.DEMO_SHOP is true."""

from django.urls import path

from demo import actions, views

app_name = "demo"
urlpatterns = [
    path("", views.home, name="home"),
    path("category/<int:pk>/", views.category, name="category"),
    path("product/<path:product_id>/act/", actions.act, name="act"),
    path("product/<path:product_id>/", views.product, name="product"),
    path("search/", views.search, name="search"),
    path("cart/", views.show_cart, name="cart"),
    path("cart/buy/", actions.buy_cart, name="buy_cart"),
    path("people/", views.people, name="people"),
    path("people/sign-in/", actions.sign_in, name="sign_in"),
    path("people/sign-out/", actions.sign_out, name="sign_out"),
]
