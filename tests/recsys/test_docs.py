"""What the documents point to exists, and what they show works."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import resolve

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#([^)\s]+))?")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELLS = {"bash", "sh", "console"}
ADDRESS = re.compile(r"/api/v1/[^\s'\"`|)]*")


def _name(document: Path) -> str:
    return str(document.relative_to(REPOSITORY))


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    """Give each block of code, with the document it stands in."""
    for document in DOCUMENTS:
        for language, text in BLOCK.findall(document.read_text()):
            if language in languages:
                yield _name(document), text


def shell_lines() -> list[tuple[str, str]]:
    """Give each command of the documents, whole where it goes over several lines."""
    return [
        (name, line.removeprefix("$ ").partition("  #")[0].strip())
        for name, text in blocks(*SHELLS)
        for line in re.sub(r"\\\n\s*", " ", text).splitlines()
    ]


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip("# ").lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_link_leads_somewhere(document: Path) -> None:
    lost = []
    for link, anchor in LINK.findall(document.read_text()):
        target = document.parent / link
        if not target.exists():
            lost.append(link)
        elif anchor:
            headings = re.findall(r"^#+ .*$", target.read_text(), re.MULTILINE)
            lost += [] if anchor in map(_anchor, headings) else [f"{link}#{anchor}"]

    assert lost == []


def test_every_dependency_says_why_it_is_here() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[^a-z0-9-]", each)[0] for each in project["dependencies"]]
    reasons = (REPOSITORY / "docs/explanation/dependencies.md").read_text()

    assert [name for name in names if name not in reasons] == []


def test_every_block_of_json_is_json() -> None:
    found = list(blocks("json"))

    for _, text in found:
        json.loads(text)
    assert len(found) >= 3


def test_every_block_of_python_is_python() -> None:
    for name, text in blocks("python"):
        compile(text, name, "exec")


def _manage_calls() -> list[list[str]]:
    calls = []
    for _, line in shell_lines():
        _, found, rest = line.partition("manage.py ")
        if found:
            words = shlex.split(re.split(r"[|>)&]", rest)[0])
            calls.append([word for word in words if word not in ("[options]", "…")])
    return calls


@pytest.mark.parametrize("words", _manage_calls(), ids=" ".join)
def test_every_management_command_takes_what_the_documents_give_it(words: list[str]) -> None:
    command = load_command_class(get_commands()[words[0]], words[0])

    command.create_parser("manage.py", words[0]).parse_args(words[1:])


def test_every_target_of_make_is_there() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = {line.split()[1] for _, line in shell_lines() if re.match(r"make \w", line)}

    assert {target for target in targets if f"\n{target}:" not in makefile} == set()
    assert {"demo", "test"} <= targets


def _addresses() -> set[str]:
    """Addresses of the API in all documents, with something for each `{id}`."""
    number = re.compile(r"\{(?:id|position)\}|…")
    for_uuid = "00000000-0000-0000-0000-000000000000"
    return {
        number.sub("1", urlsplit(found.rstrip(".,;:`")).path).replace(
            "recommendations/1/", f"recommendations/{for_uuid}/"
        )
        for document in DOCUMENTS
        for found in ADDRESS.findall(document.read_text())
    }


@pytest.mark.parametrize("address", sorted(_addresses()))
def test_every_address_of_the_api_is_one(address: str) -> None:
    if address != "/api/v1/":
        resolve(re.sub(r"\{\w+\}", "1", address))
