"""Vectors in the admin: what was encoded, what could not be and why."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.filters import ProblemFilter, known_values_filter
from catalog.admin.theme import column
from catalog.models import Product
from fusion.features.store import encoder_in_use, modality_names
from fusion.models import Embedding

USERS_SHOWN = 20  # a text may be shared by thousands of variants
BYTES_PER_NUMBER = 2  # float16


def encoders_in_use() -> list[str]:
    """Return the encoder of each modality, as its vectors name it."""
    return [encoder_in_use(name) for name in modality_names()]


@admin.register(Embedding)
class EmbeddingAdmin(ReadOnlyAdmin[Embedding]):
    """The vectors themselves are numbers for the model; the page shows all but them."""

    when_empty = "A content worker makes them of texts and pictures, soon after products arrive."
    list_display = ("short_hash", "encoder", "dimensions", "problem", "created_at")
    list_filter = (known_values_filter("encoder", encoders_in_use), ProblemFilter)
    search_fields = ("content_hash__startswith",)
    search_help_text = "The beginning of a content hash"
    ordering = ("-id",)
    sortable_by = ()
    fields = ("encoder", "content_hash", "dimensions", "problem", "used_by", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Embedding]:
        """Rows without their vectors."""
        rows = super().get_queryset(request).defer("vector")
        return rows.annotate(num_bytes=Length("vector"))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Embedding | None = None
    ) -> tuple[str, ...]:
        """Name the fields that are columns of this class."""
        return ("dimensions", "used_by")

    @column("Content")
    def short_hash(self, embedding: Embedding) -> str:
        """The beginning of the sha256 of what was encoded."""
        return embedding.content_hash[:12]

    @column("Dimensions")
    def dimensions(self, embedding: Embedding) -> int | None:
        """Numbers in the vector."""
        num_bytes: Any = vars(embedding)["num_bytes"]
        return num_bytes // BYTES_PER_NUMBER if num_bytes else None

    @column("Used by")
    def used_by(self, embedding: Embedding) -> str:
        """Products with this text, this picture or this vector."""
        content = embedding.content_hash
        of_text = Product.objects.filter(text_hash=content)
        of_image = Product.objects.filter(images__content_hash=content)
        of_vector = Product.objects.filter(vectors__content_hash=content).distinct()
        users = of_text[:USERS_SHOWN] or of_image[:USERS_SHOWN] or of_vector[:USERS_SHOWN]
        found = [str(each) for each in users]
        more = " and more" if len(found) == USERS_SHOWN else ""
        return "; ".join(found) + more
