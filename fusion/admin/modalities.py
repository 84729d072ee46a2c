"""Which of a product's modalities the model can use, and in plain words why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.admin.pictures import picture_problem
from catalog.models import Product
from fusion.features.encoders import Input, input_kind
from fusion.features.store import encoder_in_use, modality_names, source_in_use
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


def modality_label(name: str) -> str:
    """Name a modality in words."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def contents_words(name: str) -> str:
    """Name several contents of a modality in words."""
    kind = input_kind(encoder_in_use(name))
    known = {("text", Input.WORDS): "texts", ("image", Input.PICTURE): "pictures"}
    return known.get((name, kind), f"{name.replace('_', ' ')} vectors")


def modality_states(products: Sequence[Product]) -> dict[int, list[ModalityState]]:
    """Return the states of each product by its pk; as many queries for many as for one.

    Reads the prefetched pictures.
    """
    pks = [each.pk for each in products]
    states: dict[int, list[ModalityState]] = {pk: [] for pk in pks}
    for name in modality_names():
        encoder = encoder_in_use(name)
        hashes = source_in_use(name).hashes(pks)
        problems = _problems(encoder, set(hashes.values()))
        for each in products:
            words = _why_absent(each, encoder, hashes.get(each.pk, ""), problems)
            present = not words
            label, words = modality_label(name), words or _origin(encoder)
            states[each.pk].append(ModalityState(name, label, present, words))
    return states


def _problems(encoder: str, hashes: set[str]) -> dict[str, str]:
    """Map what was encoded to its problem, empty for a vector."""
    rows = Embedding.objects.filter(encoder=encoder, content_hash__in=hashes)
    return dict(rows.values_list("content_hash", "problem"))


def _why_absent(product: Product, encoder: str, content: str, problems: Mapping[str, str]) -> str:
    """Say why the model has no vector of a product; empty when it has one."""
    if content:
        return problems.get(content, WAITING)
    match input_kind(encoder):
        case Input.WORDS:
            return "The shop sent no words."
        case Input.PICTURE:
            return picture_problem(product) or WAITING
        case Input.VECTOR:
            return "Not sent by the shop."


def _origin(encoder: str) -> str:
    sent = input_kind(encoder) is Input.VECTOR
    return "Sent by the shop." if sent else f"Encoded by {encoder}."
