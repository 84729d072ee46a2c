"""Pictures of products: checked, stored once per content, never lost to a bad successor."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from catalog.models import Product, ProductImage
from catalog.picture_check import (
    CheckedPicture,
    PictureError,
    check_picture,
    content_hash,
    require_size,
)

Key = tuple[int, int]  # product's primary key, position
ImageStatus = Literal["created", "updated", "unchanged", "rejected"]
NOT_FETCHED = "Only the picture's address is known: import again with --fetch-images."
WRITTEN_FIELDS = (
    "file",
    "width",
    "height",
    "content_hash",
    "source_url",
    "problem",
    "updated_at",
)


@dataclass(frozen=True, slots=True)
class ImageUpload:
    """A picture on its way in; `read` brings its bytes or raises PictureError."""

    product_pk: int
    position: int
    read: Callable[[], bytes]
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class ImageVerdict:
    """What became of one picture."""

    product_pk: int
    position: int
    status: ImageStatus
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A verdict, and the row to write unless nothing changes."""

    verdict: ImageVerdict
    row: ProductImage | None = None


def store_image(product: Product, position: int, data: bytes) -> ImageVerdict:
    """Store one picture; a bad one leaves an earlier good one where it is."""
    return store_images([ImageUpload(product.pk, position, lambda: data)])[0]


def store_images(uploads: Sequence[ImageUpload], *, num_threads: int = 1) -> list[ImageVerdict]:
    """Store many pictures; known content is read and left, the rest checked and written.

    Bytes are read one picture a thread, so memory stays at `num_threads` pictures. Files
    are written before the rows that name them: a crash leaves a file too many, no dead link.
    """
    earlier = _earlier_images(uploads)
    with ThreadPoolExecutor(num_threads) as pool:
        outcomes = list(pool.map(partial(_outcome, earlier), uploads))
    with transaction.atomic():
        _lock_products(uploads)
        by_now = _earlier_images(uploads)
        outcomes = [_judged_again(outcome, by_now) for outcome in outcomes]
        rows = [outcome.row for outcome in outcomes if outcome.row is not None]
        _write_pictures([row for row in rows if not row.problem])
        _write_problems([row for row in rows if row.problem], earlier)
    return [outcome.verdict for outcome in outcomes]


def note_addresses(addresses: Iterable[tuple[int, str]]) -> None:
    """Remember pictures that were named by address and not fetched, where there is none yet."""
    ProductImage.objects.bulk_create(
        [
            ProductImage(product_id=product_pk, source_url=url, problem=NOT_FETCHED)
            for product_pk, url in addresses
        ],
        ignore_conflicts=True,
    )


def read_file(path: Path) -> bytes:
    """Return a picture file's bytes; raise PictureError for one that is missing or too big."""
    try:
        require_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PictureError(f"The file {path.name} cannot be read: {reason}.") from None


def _earlier_images(uploads: Iterable[ImageUpload]) -> dict[Key, ProductImage]:
    products = {upload.product_pk for upload in uploads}
    found = ProductImage.objects.filter(product__in=products)
    return {_key(image): image for image in found}


def _key(image: ProductImage) -> Key:
    return image.product_id, image.position


def _outcome(earlier: dict[Key, ProductImage], upload: ImageUpload) -> _Outcome:
    before = earlier.get((upload.product_pk, upload.position))
    data = b""
    try:
        data = upload.read()
        if before and _is_same(before, upload, data):
            return _Outcome(_unchanged(upload, before))
        picture = check_picture(data)
    except PictureError as error:
        return _rejected(upload, before, str(error)[:300], data)
    status: ImageStatus = "updated" if before else "created"
    row = _row(upload, picture, _stored(picture, data))
    return _Outcome(_verdict(upload, status), row)


def _lock_products(uploads: Iterable[ImageUpload]) -> None:
    """Let calls with pictures of the same products write one after the other."""
    products = Product.objects.filter(pk__in={upload.product_pk for upload in uploads})
    list(products.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _judged_again(outcome: _Outcome, by_now: dict[Key, ProductImage]) -> _Outcome:
    """Tell a picture that another call has stored meanwhile from one that is new."""
    row = outcome.row
    there = by_now.get(_key(row)) if row is not None else None
    if row is None or row.problem or there is None:
        return outcome
    is_there = (there.content_hash, there.source_url) == (row.content_hash, row.source_url)
    status: ImageStatus = "unchanged" if is_there and not there.problem else "updated"
    verdict = replace(outcome.verdict, status=status)
    return _Outcome(verdict, None if status == "unchanged" else row)


def _is_same(before: ProductImage, upload: ImageUpload, data: bytes) -> bool:
    is_same_source = upload.source_url in ("", before.source_url)
    return is_same_source and before.content_hash == content_hash(data)


def _unchanged(upload: ImageUpload, before: ProductImage) -> ImageVerdict:
    status: ImageStatus = "rejected" if before.problem else "unchanged"
    return _verdict(upload, status, before.problem)


def _rejected(
    upload: ImageUpload, before: ProductImage | None, problem: str, data: bytes
) -> _Outcome:
    verdict = _verdict(upload, "rejected", problem)
    if before and (not before.problem or before.problem == problem):
        return _Outcome(verdict)
    row = ProductImage(
        product_id=upload.product_pk,
        position=upload.position,
        source_url=upload.source_url,
        problem=problem,
        content_hash=content_hash(data) if data else "",
    )
    return _Outcome(verdict, row)


def _verdict(upload: ImageUpload, status: ImageStatus, problem: str = "") -> ImageVerdict:
    return ImageVerdict(upload.product_pk, upload.position, status, problem)


def _row(upload: ImageUpload, picture: CheckedPicture, name: str) -> ProductImage:
    return ProductImage(
        product_id=upload.product_pk,
        position=upload.position,
        file=name,
        width=picture.width,
        height=picture.height,
        content_hash=picture.content_hash,
        source_url=upload.source_url,
    )


def _stored(picture: CheckedPicture, data: bytes) -> str:
    """Write the file unless this content is there, and return its name."""
    if default_storage.exists(picture.name):
        if default_storage.size(picture.name) == len(data):
            return picture.name
        default_storage.delete(picture.name)  # cut off by a crash
    return default_storage.save(picture.name, ContentFile(data))


def _write_pictures(rows: Iterable[ProductImage]) -> None:
    last = {_key(row): row for row in rows}
    ProductImage.objects.bulk_create(
        [last[key] for key in sorted(last)],
        update_conflicts=True,
        unique_fields=["product", "position"],
        update_fields=WRITTEN_FIELDS,
    )


def _write_problems(rows: Iterable[ProductImage], earlier: dict[Key, ProductImage]) -> None:
    """Note problems; a picture that another call stores at this moment stays."""
    stale = [earlier[_key(row)].pk for row in rows if _key(row) in earlier]
    ProductImage.objects.filter(pk__in=stale).exclude(problem="").delete()
    ProductImage.objects.bulk_create(sorted(rows, key=_key), ignore_conflicts=True)
