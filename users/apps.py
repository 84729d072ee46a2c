"""Django's entry point to the app."""

from corsheaders.signals import check_request_enabled
from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Shoppers and access"

    def ready(self) -> None:
        """Tell the API's description about our keys, and browsers about their origins."""
        from users import openapi  # noqa: F401 - importing it registers it
        from users.origins import is_listed

        check_request_enabled.connect(is_listed)
