"""JSON out."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


class OrjsonRenderer(BaseRenderer):
    """JSON by orjson: dataclasses, datetimes and UUIDs as they are."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body; no body for None."""
        return b"" if data is None else written(data)


def written(data: Any) -> bytes:
    """Return JSON, also of what orjson refuses: numbers over 64 bits, lone surrogates."""
    try:
        return orjson.dumps(data, default=str)
    except TypeError:
        return json.dumps(data, default=_plain).encode()


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, default=str))
