"""What `manage.py check` says of the settings."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from fusion.features.encoders import UnknownEncoderError, require_encoder


@register
def modalities_have_encoders(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Refuse a modality whose encoder nobody knows."""
    problems: list[CheckMessage] = []
    for name, spec in settings.FUSION_MODALITIES.items():
        try:
            require_encoder(spec)
        except (UnknownEncoderError, ImproperlyConfigured) as error:
            problems.append(Error(f"FUSION_MODALITIES, {name}: {error}", id="fusion.E001"))
    return problems
