"""Django's entry point to the app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Shoppers and access"

    def ready(self) -> None:
        """Tell the API's description about our keys."""
        from users import openapi  # noqa: F401 - importing it registers it
