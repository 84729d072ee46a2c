"""Django's entry point to the project's own commands."""

from django.apps import AppConfig


class RecsysConfig(AppConfig):
    name = "recsys"
