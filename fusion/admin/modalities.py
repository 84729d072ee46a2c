"""Which of a product's modalities the model can use, and in plain words why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.admin.pictures import main_picture, picture_problem
from catalog.models import Product
from fusion.features.store import encoder_in_use
from fusion.models import Embedding

WAITING = "Waiting to be encoded."
LABELS = {"text": "Text", "image": "Picture"}


@dataclass(frozen=True, slots=True)
class ModalityState:
    """One modality of one product."""

    name: str
    label: str
    is_present: bool
    words: str


def modality_states(products: Sequence[Product]) -> dict[int, list[ModalityState]]:
    """Return the states of each product by its pk; one query for all.

    Reads the prefetched pictures.
    """
    contents = {each.pk: _contents(each) for each in products}
    problems = _problems({key for found in contents.values() for key in found.values()})
    return {
        each.pk: [_state(each, name, contents[each.pk][name], problems) for name in LABELS]
        for each in products
    }


def _contents(product: Product) -> dict[str, str]:
    picture = main_picture(product)
    return {"text": product.text_hash, "image": picture.content_hash if picture else ""}


def _problems(hashes: set[str]) -> dict[tuple[str, str], str]:
    """Map (encoder, content hash) of what was encoded to its problem, empty for a vector."""
    rows = Embedding.objects.filter(
        content_hash__in=hashes - {""}, encoder__in=[encoder_in_use(name) for name in LABELS]
    )
    return {
        (encoder, content): problem
        for encoder, content, problem in rows.values_list("encoder", "content_hash", "problem")
    }


def _state(
    product: Product, name: str, content: str, problems: dict[tuple[str, str], str]
) -> ModalityState:
    if not content:
        absent = picture_problem(product) if name == "image" else "The shop sent no words."
        return ModalityState(name, LABELS[name], is_present=False, words=absent or WAITING)
    encoder = encoder_in_use(name)
    problem = problems.get((encoder, content), WAITING)
    return ModalityState(name, LABELS[name], not problem, problem or f"Encoded by {encoder}.")
