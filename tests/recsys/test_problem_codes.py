"""The codes that are raised, those that are known, and those that are written down."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import get_resolver
from rest_framework import exceptions

from recsys.problem_codes import BY_STATUS, FIELD_CODES, KINDS
from users.authentication import REFUSALS

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "reference" / "errors.md"
OURS = ("catalog", "users", "fusion", "demo", "recsys")
# What Django REST framework raises itself, under the names it has for it.
DRF = {
    "invalid",
    "parse_error",
    "authentication_failed",
    "not_authenticated",
    "not_found",
    "method_not_allowed",
    "not_acceptable",
    "unsupported_media_type",
}


def _sources() -> Iterator[ast.AST]:
    for package in OURS:
        for path in (REPOSITORY / package).rglob("*.py"):
            if path.name != "problem_codes.py":
                yield from ast.walk(ast.parse(path.read_text()))


def _subclasses(parent: type) -> Iterator[type]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)


def raised() -> set[str]:
    """Codes of our own exceptions, and those given to one when it is raised."""
    assert get_resolver().url_patterns  # every view is imported
    own = {
        str(error.__dict__["default_code"])
        for error in _subclasses(exceptions.APIException)
        if error.__module__.split(".")[0] in OURS and "default_code" in error.__dict__
    }
    given = {
        argument.value
        for node in _sources()
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").startswith("Conflict")
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    return own | given | set(REFUSALS)


def test_every_code_that_is_raised_is_known() -> None:
    assert raised() - KINDS.keys() == set()
    assert len(raised()) >= 12


def test_every_code_that_is_known_is_raised() -> None:
    words = {node.value for node in _sources() if isinstance(node, ast.Constant)}

    assert [
        code for code in KINDS if code not in raised() | DRF | set(BY_STATUS.values()) | words
    ] == []


def test_the_table_of_codes_is_the_one_in_use() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    codes = [f"| {k.status} | `{code}` | {k.meaning} | {k.hint} |" for code, k in KINDS.items()]
    fields = [f"| `{code}` | {meaning} |" for code, meaning in FIELD_CODES.items()]

    assert [line for line in lines if "`" in line.split("|")[1] + line.split("|")[2]][1:] == [
        *codes,
        "| `code` | meaning |",
        *fields,
    ]


@pytest.mark.parametrize("status", BY_STATUS)
def test_a_status_has_a_code_of_that_status(status: int) -> None:
    assert KINDS[BY_STATUS[status]].status == status
