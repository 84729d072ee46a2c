"""Pages of the admin that stand before Django's own."""

from django.contrib import admin
from django.urls import path

from users.admin.own_password import own_password

urlpatterns = [path("password_change/", admin.site.admin_view(own_password, cacheable=True))]
