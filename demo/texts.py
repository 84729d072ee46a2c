"""Titles and descriptions, put together from a theme."""

import re
from random import Random

from demo.catalogue import Kind
from demo.themes import NEUTRAL_TITLES, Theme

# Half of the titles give the theme away; of the rest, only the description does.
_SHARE_OF_TELLING_TITLES = 0.5
_TRIES = 50
_ARTICLE_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?={it})")


def write_title(kind: Kind, theme: Theme, rng: Random, *, taken: set[str]) -> str:
    """Return a title such as "Harbour Mug", and add it to `taken`.

    No title is used twice, unless the shop is so large that the words run out.
    """
    for _ in range(_TRIES):
        telling = rng.random() < _SHARE_OF_TELLING_TITLES
        title = f"{rng.choice(theme.titles if telling else NEUTRAL_TITLES)} {kind.title}"
        if title not in taken:
            break
    taken.add(title)
    return title


def write_description(kind: Kind, theme: Theme, material: str, rng: Random) -> str:
    """Return two to four sentences of one theme."""
    details = rng.sample(theme.details, k=rng.choice((1, 1, 2)))
    sentences = [rng.choice(theme.openings), *details]
    if rng.random() < 0.7:
        sentences.append(rng.choice(theme.closings))
    text = " ".join(sentences)
    if kind.noun[0] in "aeiou":
        text = _ARTICLE_BEFORE_VOWEL.sub(r"\1n ", text)
    return text.format(it=kind.noun, stuff=material)
