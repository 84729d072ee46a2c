"""Is this a picture we can use? Bytes from outside are hostile until proven otherwise."""

import hashlib
import io
from dataclasses import dataclass

from django.conf import settings
from PIL import Image, UnidentifiedImageError

# The formats the encoders read; Pillow opens no other, whatever the bytes claim to be.
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class PictureError(ValueError):
    """The picture cannot be used; the message says why, in words for an admin."""


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """A picture that decodes, and the name its content gives it."""

    content_hash: str  # sha256 of the bytes
    suffix: str
    width: int  # pixels
    height: int  # pixels

    @property
    def name(self) -> str:
        """Where it is stored: from the content, never from what a client calls it."""
        return f"products/{self.content_hash[:2]}/{self.content_hash}{self.suffix}"


def content_hash(data: bytes) -> str:
    """Return the sha256 of a picture's bytes."""
    return hashlib.sha256(data).hexdigest()


def require_size(num_bytes: int) -> None:
    """Raise PictureError for a file over the limit."""
    limit = settings.CATALOG_IMAGE_MAX_BYTES
    if num_bytes > limit:
        raise PictureError(f"The file is over {limit:,} bytes: send a smaller picture.")


def check_picture(data: bytes) -> CheckedPicture:
    """Return what a picture is, or raise PictureError with the reason why it cannot be used."""
    require_size(len(data))
    if not data:
        raise PictureError("The file is empty.")
    try:
        return _decode(data)
    except PictureError:
        raise
    except TOO_MANY_PIXELS:
        raise _too_many_pixels() from None
    except Exception as error:  # Pillow raises many kinds for bytes that lie
        raise PictureError("The file is damaged or cut off: it does not decode.") from error


def _decode(data: bytes) -> CheckedPicture:
    try:
        picture = Image.open(io.BytesIO(data), formats=list(SUFFIXES))
    except UnidentifiedImageError:
        raise PictureError("Not a JPEG, PNG, WebP or GIF picture.") from None
    with picture:
        width, height = picture.size
        # Read from the header, before a single pixel takes memory.
        if width * height > settings.CATALOG_IMAGE_MAX_PIXELS:
            raise _too_many_pixels()
        suffix = SUFFIXES[picture.format or ""]
        picture.draft("RGB", (64, 64))  # JPEG decodes small, and still reads to its end
        picture.load()
    return CheckedPicture(content_hash(data), suffix, width, height)


def _too_many_pixels() -> PictureError:
    limit = settings.CATALOG_IMAGE_MAX_PIXELS
    return PictureError(f"The picture has over {limit:,} pixels: send a smaller one.")
