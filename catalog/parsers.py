"""Request bodies, read up to a limit: DRF's own parser reads whatever is sent."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework import exceptions
from rest_framework.parsers import BaseParser

from catalog.values import InvalidRowError, depth

# What is deeper is no data but an attack on whatever walks through it afterwards.
MAX_DEPTH = 500
MAX_BODY_BYTES = 64 * 1024  # of a view that names no limit of its own
RAW_BYTES = (
    "Send the raw bytes of the picture, not a form: "
    "curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg'."
)


class BodyTooLargeError(exceptions.APIException):
    """The body is over the limit."""

    status_code = 413
    default_code = "body_too_large"


def read_body(stream: IO[bytes], limit: int) -> bytes:
    """Return the body; raise BodyTooLargeError before more than `limit` bytes are held."""
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise BodyTooLargeError(f"The body is over {limit:,} bytes: send less in one call.")
    return body


def _limit(parser_context: Mapping[str, Any] | None) -> int:
    """Return the view's `max_body_bytes`: parsed JSON takes up to 25 times its bytes."""
    view = (parser_context or {}).get("view")
    return int(getattr(view, "max_body_bytes", MAX_BODY_BYTES))


class OrjsonParser(BaseParser):
    """JSON, strictly: valid UTF-8, no NaN."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body; raise ParseError saying where it is broken."""
        body = read_body(stream, _limit(parser_context))
        try:
            return _parsed(body)
        except ValueError as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}.") from None


class NdjsonParser(BaseParser):
    """One JSON object a line; a broken line spoils only itself."""

    media_type = "application/x-ndjson"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what each line holds, or the InvalidRowError that says why it holds nothing."""
        body = read_body(stream, _limit(parser_context))
        return [_line(line) for line in body.splitlines() if line.strip()]


def _parsed(text: bytes) -> Any:
    value = orjson.loads(text)
    if depth(value) > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    return value


def _line(line: bytes) -> Any:
    try:
        return _parsed(line)
    except ValueError as error:
        return InvalidRowError({"": f"The line is not JSON: {error}."})


class PictureParser(BaseParser):
    """The bytes of a picture; what they are is told from them, not from the header."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the bytes; refuse a form, whose bytes are not only the picture's."""
        if (media_type or "").startswith("multipart/"):
            raise exceptions.UnsupportedMediaType(str(media_type), RAW_BYTES)
        return read_body(stream, settings.CATALOG_IMAGE_MAX_BYTES)
