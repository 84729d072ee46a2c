"""Django's entry point to the app."""

from django.apps import AppConfig


class FusionConfig(AppConfig):
    name = "fusion"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Recommendations"

    def ready(self) -> None:
        from fusion import checks  # noqa: F401  # registers itself
