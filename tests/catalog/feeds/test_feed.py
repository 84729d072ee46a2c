import gzip
import json
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from catalog.feeds import delimited, json_lines
from catalog.feeds.feed import open_feed
from catalog.feeds.rows import MAX_LINE_LENGTH, BadRow, FeedError, FeedRow

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
  <title>Shop</title>
  <entry>
    <g:id>0042</g:id><title>Lamp</title><link href="https://shop.example/1"/>
    <g:shipping><g:country>DE</g:country></g:shipping>
  </entry>
  <entry><g:id>0043</g:id></entry>
</feed>
"""
RSS = """<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<item><g:id>0042</g:id><title>Lamp</title>
<g:additional_image_link>a</g:additional_image_link>
<g:additional_image_link>b</g:additional_image_link></item>
<item><g:id>0043</g:id></item>
</channel></rss>
"""


def read(path: Path, **options: Any) -> list[FeedRow | BadRow]:
    with open_feed(path, **options) as feed:
        return list(feed.rows)


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "feed"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimited_rows_know_their_lines(tmp_path: Path, delimiter: str, end: str) -> None:
    lines = ['id,"the title",price', '0042,"a ""b""', 'c",1', "", "0043,,2"]
    content = end.join(lines).replace(",", delimiter)

    assert read(written(tmp_path, content)) == [
        FeedRow(2, {"id": "0042", "the title": f'a "b"{end}c', "price": "1"}),
        FeedRow(5, {"id": "0043", "the title": "", "price": "2"}),
    ]


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfid,t\n1,\xc3\xbc\n", "id,t\n1,ü\n".encode("utf-16"), b"id,t\n1,\xc3\xbc\n"],
)
def test_every_unicode_file_is_read(tmp_path: Path, content: bytes) -> None:
    assert read(written(tmp_path, content)) == [FeedRow(2, {"id": "1", "t": "ü"})]


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "id,t\n1,ü\n".encode("latin-1"))

    assert read(path, encoding="latin-1") == [FeedRow(2, {"id": "1", "t": "ü"})]


def test_a_line_with_too_few_or_too_many_fields_is_bad(tmp_path: Path) -> None:
    rows = read(written(tmp_path, "id,t\n1\n2,b,c\n3,d\n"))

    assert [type(row) for row in rows] == [BadRow, BadRow, FeedRow]
    assert [row.line for row in rows] == [2, 3, 4]


def test_a_quote_left_open_loses_no_line_before_it(tmp_path: Path) -> None:
    rows = read(written(tmp_path, 'id,t\n1,a\n2,"b\n3,c\n'))

    assert rows[0] == FeedRow(2, {"id": "1", "t": "a"})
    assert isinstance(rows[1], FeedRow)
    assert rows[1].values["t"] == "b\n3,c\n"


def test_a_field_without_end_is_bad_and_reading_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MAX_FIELD_LENGTH", 20)

    rows = read(written(tmp_path, f"id,t\n1,{'x' * 30}\n2,b\n"))

    assert [type(row) for row in rows] == [BadRow, FeedRow]


@pytest.mark.parametrize(
    ("start", "too_long", "end"),
    [
        (b"id,t\n1,a\n", b"2," + bytes(3 * MAX_LINE_LENGTH), b"\n3,c\n"),
        (b'{"id": "1", "t": "a"}\n', b" " * 3 * MAX_LINE_LENGTH, b'\n{"id": "3", "t": "c"}\n'),
    ],
)
def test_a_line_that_is_too_long_is_read_over(
    tmp_path: Path, start: bytes, too_long: bytes, end: bytes
) -> None:
    first, bad, last = read(written(tmp_path, start + too_long + end))

    assert (bad.line, last.line) == (first.line + 1, first.line + 2)
    assert isinstance(bad, BadRow)
    assert "over 1,048,576" in bad.reason
    assert last == FeedRow(last.line, {"id": "3", "t": "c"})


def test_a_long_line_in_a_gzip_takes_no_memory_of_its_length(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b'{"id": "' + b"x" * 60_000_000 + b'"}\n'))

    tracemalloc.start()
    rows = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [type(row) for row in rows] == [BadRow]
    assert peak < 10 * MAX_LINE_LENGTH


def test_a_line_as_long_as_allowed_is_a_row(tmp_path: Path) -> None:
    line = b'{"id": "' + b"x" * (MAX_LINE_LENGTH - 10) + b'"}'

    assert len(line) == MAX_LINE_LENGTH
    assert [type(row) for row in read(written(tmp_path, line + b"\n" + line))] == [FeedRow] * 2


def test_an_array_that_is_too_large_says_what_to_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "MAX_ARRAY_LENGTH", 10)

    with pytest.raises(FeedError, match="send JSON Lines"):
        read(written(tmp_path, '[{"id": "1"}]'))


def test_a_broken_line_of_json_spoils_only_itself(tmp_path: Path) -> None:
    rows = read(written(tmp_path, '{"id": "1"}\n\n{"id": \n[1]\n{"id": 2, "a": {"b": []}}\n'))

    assert rows[0] == FeedRow(1, {"id": "1"})
    assert [(row.line, type(row)) for row in rows[1:3]] == [(3, BadRow), (4, BadRow)]
    assert rows[3] == FeedRow(5, {"id": 2, "a": {"b": []}})


def test_a_json_array_is_rows_too(tmp_path: Path) -> None:
    rows = read(written(tmp_path, '[{"id": "1"}, 2]'))

    assert rows[0] == FeedRow(1, {"id": "1"})
    assert isinstance(rows[1], BadRow)


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "feed.parquet"
    frame = pl.DataFrame(
        {"id": ["0042", "0043"], "on": [date(2026, 1, 1), None], "n": [1.5, float("nan")]}
    )
    frame.write_parquet(path)

    assert read(path) == [
        FeedRow(1, {"id": "0042", "on": date(2026, 1, 1), "n": 1.5}),
        FeedRow(2, {"id": "0043", "on": None, "n": None}),
    ]


def test_parquet_is_read_slice_by_slice(tmp_path: Path) -> None:
    path = tmp_path / "feed.parquet"
    pl.DataFrame({"id": range(12_000)}).write_parquet(path)

    assert [row.line for row in read(path)] == list(range(1, 12_001))


def test_merchant_rss_is_read_item_by_item(tmp_path: Path) -> None:
    assert read(written(tmp_path, RSS)) == [
        FeedRow(4, {"id": "0042", "title": "Lamp", "additional_image_link": "a"}),
        FeedRow(5, {"id": "0043"}),
    ]


def test_merchant_atom_is_read_entry_by_entry(tmp_path: Path) -> None:
    assert read(written(tmp_path, ATOM)) == [
        FeedRow(7, {"id": "0042", "title": "Lamp", "link": "https://shop.example/1"}),
        FeedRow(8, {"id": "0043"}),
    ]


def test_xml_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    rows = read(written(tmp_path, RSS[: RSS.index("<item><g:id>0043") + 10]))

    assert isinstance(rows[0], FeedRow)
    assert isinstance(rows[1], BadRow)
    assert "XML breaks" in rows[1].reason


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_xml_that_declares_entities_is_refused(tmp_path: Path, declaration: str) -> None:
    rows = read(written(tmp_path, declaration + RSS.replace("Lamp", "&a;")))

    assert [type(row) for row in rows] == [BadRow]


@pytest.mark.parametrize("encoding", ["utf-7", "bogus", "idna", "base64"])
def test_xml_in_an_encoding_nobody_reads_says_so(tmp_path: Path, encoding: str) -> None:
    (row,) = read(written(tmp_path, f'<?xml version="1.0" encoding="{encoding}"?>\n{RSS}'))

    assert isinstance(row, BadRow)
    assert "save it as UTF-8" in row.reason


def test_utf_16_that_breaks_keeps_what_came_before(tmp_path: Path) -> None:
    content = "id,t\n1,a\n".encode("utf-16") * 2000 + b"\x00\xd8\x00\x00\n\0"

    rows = read(written(tmp_path, content))

    assert rows[0] == FeedRow(2, {"id": "1", "t": "a"})
    assert isinstance(rows[-1], BadRow)
    assert "nothing after is read" in rows[-1].reason


@pytest.mark.parametrize("encoding", ["bogus", "base64"])
def test_an_encoding_that_is_none_says_so(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(FeedError, match="no encoding of text"):
        read(written(tmp_path, "id\n1\n"), encoding=encoding)


@pytest.mark.parametrize("content", ["id\n1\n", '{"id": "1"}\n', RSS])
def test_gzip_is_unpacked(tmp_path: Path, content: str) -> None:
    plain = read(written(tmp_path, content))

    assert read(written(tmp_path, gzip.compress(content.encode()))) == plain


def test_a_gzip_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": str(n), "x": n * 7919 % 1000}) + "\n" for n in range(50_000))
    packed = gzip.compress(lines.encode())

    rows = read(written(tmp_path, packed[: len(packed) // 2]))

    assert rows[0] == FeedRow(1, {"id": "0", "x": 0})
    assert len(rows) > 10_000
    assert isinstance(rows[-1], BadRow)
    assert "gzip" in rows[-1].reason


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("", "empty"),
        ("\n1,2\n", "name the columns"),
        ("x" * 3 * MAX_LINE_LENGTH, "name the columns"),
        ("PK\3\4", "save it as CSV"),
        ("[1", "not JSON"),
    ],
)
def test_a_file_nobody_can_read_says_what_to_do(tmp_path: Path, content: str, hint: str) -> None:
    with pytest.raises(FeedError, match=hint):
        read(written(tmp_path, content))


def test_a_broken_parquet_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="Parquet"):
        read(written(tmp_path, b"PAR1" + b"x" * 100))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="No such file"):
        read(tmp_path / "missing.csv")


@pytest.mark.parametrize("content", ["id\n" + "1\n" * 100, '{"id": "1"}\n' * 100])
def test_a_feed_tells_how_much_is_read(tmp_path: Path, content: str) -> None:
    with open_feed(written(tmp_path, content)) as feed:
        before = feed.fraction_read()
        list(feed.rows)

        assert (before, feed.fraction_read()) == (0.0, 1.0)
