"""Opens a file by what is in it, whatever it is called."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from catalog.feeds.delimited import read_delimited
from catalog.feeds.json_lines import read_json_array, read_json_lines
from catalog.feeds.merchant import read_merchant_xml
from catalog.feeds.rows import BadRow, FeedError, Rows

HEAD_LENGTH = 4096  # bytes looked at to tell the format
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF_8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Feed:
    """An open file: its rows, and how much of it is read, from 0 to 1."""

    rows: Rows
    fraction_read: Callable[[], float]


@contextmanager
def open_feed(path: Path, *, encoding: str = "utf-8") -> Iterator[Feed]:
    """Open CSV, TSV, JSON Lines, a JSON array, Google Merchant XML or Parquet, also with gzip.

    `encoding` is that of CSV and TSV; bytes that do not fit it spoil only their row.

    Raises:
        FeedError: the file is missing, empty or of no format we know.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise FeedError(f"{path} cannot be opened: {error.strerror}.") from None
    with file:
        if file.peek(4)[:4] == b"PAR1":
            from catalog.feeds.parquet import ParquetFile  # polars costs 0.2 s to import

            parquet = ParquetFile(path)
            yield Feed(parquet.rows(), parquet.fraction_read)
            return
        num_bytes = path.stat().st_size
        yield Feed(
            _rows(_unpacked(file), encoding),
            # The reader of text closes the file at its end.
            lambda: 1.0 if file.closed else file.tell() / num_bytes,
        )


def _unpacked(file: io.BufferedReader) -> io.BufferedReader:
    if file.peek(2)[:2] != b"\x1f\x8b":
        return file
    return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=file)))


def _rows(stream: io.BufferedReader, encoding: str) -> Rows:
    """Read by the first character; a gzip that breaks off keeps what came before."""
    try:
        head = stream.peek(HEAD_LENGTH)
        yield from _reader(head)(stream, encoding)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield BadRow(0, f"The gzip file is damaged, nothing after is read: {error}.", "")
    except UnicodeError as error:
        yield BadRow(0, f"The text is not {encoding}, nothing after is read: {error}.", "")


def _reader(head: bytes) -> Callable[[io.BufferedReader, str], Rows]:
    start = head.removeprefix(UTF_8_MARK).lstrip()[:1]
    if not start:
        raise FeedError("The file is empty.")
    if head.startswith(b"PK"):
        raise FeedError("The file is an Excel or ZIP file: save it as CSV (UTF-8).")
    if start == b"<":
        return lambda stream, _: read_merchant_xml(stream)
    if start == b"{":
        return lambda stream, _: read_json_lines(_without_mark(stream))
    if start == b"[":
        return lambda stream, _: read_json_array(_without_mark(stream))
    return _delimited


def _without_mark(stream: io.BufferedReader) -> IO[bytes]:
    if stream.peek(3)[:3] == UTF_8_MARK:
        stream.read(3)
    return stream


def _delimited(stream: io.BufferedReader, encoding: str) -> Rows:
    if stream.peek(2)[:2] in UTF_16_MARKS:
        encoding = "utf-16"
    if encoding.lower() in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
    except LookupError:
        raise FeedError(f"{encoding!r} is no encoding of text: try utf-8 or latin-1.") from None
    # Bytes that are no text travel on as they are and are found by the checks of the row.
    with text:
        yield from read_delimited(text)
