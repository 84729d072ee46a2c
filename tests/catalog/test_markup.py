"""Markup goes, words stay, and no input takes long."""

import time

import pytest

from catalog.markup import plain_text


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("", ""),
        ("<p>Red &amp; blue<br>shirt</p>", "Red & blue shirt"),
        ("5 < 7 and 8 > 3", "5 < 7 and 8 > 3"),
        ("a<style>p { color: red }</style>b", "a b"),
        ("<script>if (a < b) { run() }</script >after", "after"),
        ("before<SCRIPT>never closed", "before"),
        ("a <!-- <b>note</b> --> b", "a b"),
        ("<![CDATA[Blue <i>jeans</i>]]>", "Blue jeans"),
        ("<!DOCTYPE html><?xml version='1.0'?>socks", "socks"),
        ("  many \u00a0 \n spaces\x00 ", "many spaces"),
        ("Größe 日本 👗", "Größe 日本 👗"),
        ("I <3 shoes", "I <3 shoes"),
    ],
)
def test_markup_goes_and_words_stay(markup: str, words: str) -> None:
    assert plain_text(markup) == words


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<a b='",
        "</",
        "<!--",
        "<![",
        "<?",
        "<script ",
        "</script",
        "]]>",
        "&",
        "&#",
        " ",
    ],
)
def test_a_megabyte_of_broken_markup_takes_no_time(piece: str) -> None:
    start = time.process_time()

    plain_text(piece * (1_000_000 // len(piece)))
    plain_text("<script>" + piece * (1_000_000 // len(piece)))

    assert time.process_time() - start < 5  # measured: below half a second
