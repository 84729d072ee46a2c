"""Google Merchant product feeds in XML, RSS 2.0 or Atom. A feed is hostile like any upload."""

from typing import IO
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from catalog.feeds.rows import BadRow, FeedRow, Rows

ROW_TAGS = frozenset({"item", "entry"})
MAX_LINE = 64 * 1024  # bytes fed to the parser at once, so that a row knows its line


class _Lines:
    """Feeds the parser line by line and knows which one it was."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.number = 0

    def read(self, _size: int = -1) -> bytes:
        """Return the next line, or a part of a very long one."""
        line = self._stream.readline(MAX_LINE)
        self.number += line.endswith(b"\n")
        return line


def read_merchant_xml(stream: IO[bytes]) -> Rows:
    """Return one row for each item; where the XML breaks, what came before is kept.

    No DTD, no entities of its own, nothing from outside: a feed that declares them is refused.
    """
    lines = _Lines(stream)
    parser = DefusedXMLParser(target=TreeBuilder(), forbid_dtd=True)
    open_elements: list[Element] = []
    try:
        for moment, element in iterparse(lines, events=("start", "end"), parser=parser):
            if moment == "start":
                open_elements.append(element)
                continue
            open_elements.pop()
            if _name(element) in ROW_TAGS:
                yield FeedRow(lines.number, _values(element))
                if open_elements:
                    open_elements[-1].remove(element)  # or the whole file stays in memory
    except ParseError as error:
        yield BadRow(lines.number, f"The XML breaks here, nothing after is read: {error}.", "")
    except DefusedXmlException as error:
        reason = f"Refused: {type(error).__name__}. A feed declares no DTD and no entities."
        yield BadRow(lines.number, reason, "")
    except (ValueError, LookupError) as error:
        reason = f"The XML names an encoding that is not read ({error}): save it as UTF-8."
        yield BadRow(lines.number, reason, "")


def _name(element: Element) -> str:
    """The tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _values(item: Element) -> dict[str, str]:
    """The fields of an item; the first of repeated ones, and none that have parts."""
    values: dict[str, str] = {}
    for field in item:
        words = (field.text or field.get("href") or "").strip()
        if len(field) == 0 and words:
            values.setdefault(_name(field), words)
    return values
