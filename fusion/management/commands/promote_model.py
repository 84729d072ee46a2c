from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fusion import services
from fusion.audit import active_change
from fusion.models import ModelVersion
from users.audit import record
from users.models import AuditAction


class Command(BaseCommand):
    """`manage.py promote_model`."""

    help = "Make a model version the active one; running workers switch within a second."

    def add_arguments(self, parser: CommandParser) -> None:
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument("version_id", type=int, nargs="?", metavar="VERSION")
        chosen.add_argument(
            "--show-active", action="store_true", help="print the active version, or nothing"
        )
        parser.add_argument("--reason", default="", help="promote although the gate says no")

    def handle(
        self, *_: Any, version_id: int | None, show_active: bool, reason: str, **__: Any
    ) -> None:
        if show_active or version_id is None:
            active = services.active_version()
            self.stdout.write(str(active.pk) if active else "")
            return
        before = services.active_version()
        try:
            version = services.promote_version(
                version_id=version_id, promoted_at=timezone.now(), override_reason=reason
            )
        except ModelVersion.DoesNotExist as error:
            raise CommandError(f"There is no version {version_id}.") from error
        except services.PromotionRefused as error:
            raise CommandError(f"{error} (--reason TEXT)" if not reason else str(error)) from error
        if version != before:
            changes = active_change(before, version)
            record(AuditAction.PROMOTE, [version], changes=changes, note=reason)
        self.stdout.write(f"Version {version.pk} is active.")
