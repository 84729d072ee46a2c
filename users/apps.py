"""Django's entry point to the app."""

from corsheaders.signals import check_request_enabled
from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Shoppers and access"

    def ready(self) -> None:
        """Connect what the packages and the app below ask: keys, origins, the audit log."""
        from catalog.admin.audited import acted
        from catalog.feeds.importing import imported
        from users import openapi  # noqa: F401 - importing it registers it
        from users.audit import record_act, record_import
        from users.origins import is_listed

        acted.connect(record_act)
        imported.connect(record_import)
        check_request_enabled.connect(is_listed)
