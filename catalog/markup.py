"""The words inside a text that may be HTML.

Not `html.parser`: on Python 3.11 it raises on some broken markup and needs minutes for
100 kB of `<a <a <a …`. Each pattern below reads every character a bounded number of times.
"""

import html
import re

_UNSEEN = re.compile(
    r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<!\[CDATA\[|\]\]>|</?[a-zA-Z!?][^<>]*>")


def plain_text(markup: str) -> str:
    """Return the words a reader would see, on one line, without control characters."""
    seen = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", markup)))
    line = " ".join(seen.split())
    return "".join(character for character in line if character.isprintable()).strip()
