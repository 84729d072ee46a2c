"""Pictures that the rows of an import name: files of a folder, or addresses."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from catalog.fetching import fetch_image
from catalog.images import ImageUpload, note_addresses, read_file, store_images
from catalog.models import Product, ProductImage
from catalog.picture_check import PictureError

NUM_FILE_THREADS = min(4, os.cpu_count() or 1)  # decoding: more threads than cores gain nothing
NUM_FETCH_THREADS = 8  # waiting


class PictureFolder:
    """The files of a folder and those below it, found by name or by the product's id."""

    def __init__(self, folder: Path) -> None:
        files = [Path(at) / name for at, _, names in os.walk(folder) for name in names]
        self._by_name = {path.relative_to(folder).as_posix(): path for path in files}
        self._by_stem = {path.stem: path for path in files}

    def find(self, product_id: str, named: str) -> Path | None:
        """Return the file a row means; a name never leads out of the folder."""
        if named:
            return self._by_name.get(PurePosixPath(named.replace("\\", "/")).as_posix())
        return self._by_stem.get(product_id)


def is_address(named: str) -> bool:
    """Say whether a picture is named by an address and not by a file."""
    return named.startswith(("http://", "https://"))


def store_files(folder: PictureFolder, named: Mapping[str, str]) -> Counter[str]:
    """Store the pictures that products (id -> file name, or "") have in the folder."""
    uploads = []
    for external_id, product_pk in _primary_keys(named).items():
        path = folder.find(external_id, named[external_id])
        if path is not None:
            uploads.append(ImageUpload(product_pk, 0, partial(read_file, path)))
        elif named[external_id]:
            problem = f"There is no file {named[external_id][:200]} in the folder of pictures."
            uploads.append(ImageUpload(product_pk, 0, _refused(problem)))
    return _stored(uploads, NUM_FILE_THREADS)


def note_problems(problems: Mapping[str, str]) -> Counter[str]:
    """Note at products (id -> problem) why their pictures cannot be had."""
    keys = _primary_keys(problems).items()
    uploads = [ImageUpload(pk, 0, _refused(problems[external_id])) for external_id, pk in keys]
    return _stored(uploads, num_threads=1)


def fetch_addresses(named: Mapping[str, str]) -> Counter[str]:
    """Fetch the pictures of products (id -> address) that were not fetched before."""
    keys = _primary_keys(named)
    pictures = ProductImage.objects.usable().filter(product__in=keys.values(), position=0)
    fetched = dict(pictures.values_list("product", "source_url"))
    uploads = [
        ImageUpload(pk, 0, partial(fetch_image, named[external_id]), named[external_id])
        for external_id, pk in keys.items()
        if fetched.get(pk) != named[external_id]
    ]
    return _stored(uploads, NUM_FETCH_THREADS)


def keep_addresses(named: Mapping[str, str]) -> None:
    """Note the addresses of products (id -> address), so that an admin sees what is missing."""
    note_addresses((pk, named[external_id]) for external_id, pk in _primary_keys(named).items())


def _stored(uploads: Sequence[ImageUpload], num_threads: int) -> Counter[str]:
    return Counter(verdict.status for verdict in store_images(uploads, num_threads=num_threads))


def _refused(problem: str) -> Callable[[], bytes]:
    def read() -> bytes:
        raise PictureError(problem)

    return read


def _primary_keys(external_ids: Iterable[str]) -> dict[str, int]:
    found = Product.objects.with_external_ids(external_ids)
    return dict(found.values_list("external_id", "pk"))
