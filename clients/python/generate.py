"""Write the generated half of the Python client from the API's description.

    python manage.py spectacular --format openapi-json --file schema.json
    python clients/python/generate.py schema.json

Types become `recsys_client/types.py`, calls `recsys_client/calls.py`; what sends them,
`recsys_client/http.py`, is written by hand.
"""

import json
import keyword
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent / "recsys_client"
WRITTEN = "Written by clients/python/generate.py: change the API, not this file."
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
JSON = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")
WIDTH = 96


def types_module(schema: Mapping[str, Any]) -> str:
    """Return the source of the types."""
    parts = [f'"""Bodies of calls and answers. {WRITTEN}"""\n']
    parts.append("from __future__ import annotations\n")
    parts.append("from typing import Any, Literal, NotRequired, TypedDict\n")
    components = sorted(schema["components"]["schemas"].items())
    # Names first that others are made of: a plain assignment is not lazy.
    for is_object in (False, True):
        for name, component in components:
            if ("properties" in component) is is_object and "oneOf" not in component:
                parts.append(_definition(_name(name), component))
    parts += [
        _definition(_name(name), component)
        for name, component in components
        if "oneOf" in component
    ]
    return "\n".join(parts)


def calls_module(schema: Mapping[str, Any]) -> str:
    """Return the source of the calls."""
    parts = [
        f'"""Every call of the API. {WRITTEN}"""\n',
        "from typing import Literal\n",
        "from . import types",
        "from .http import Http, path\n\n",
        "class Calls(Http):",
        '    """One method for each call."""\n',
    ]
    for address, operations in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in operations:
                parts.append(_method(address, method, operations[method]))
    return "\n".join(parts)


def _name(component: str) -> str:
    return component.replace("RequestRequest", "Request")


def _type(schema: Mapping[str, Any], prefix: str = "") -> str:
    """Return a type; `prefix` leads to the module of the named ones."""
    if "$ref" in schema:
        return f"{prefix}{_name(schema['$ref'].rsplit('/', 1)[-1])}"
    inner = _inner_type(schema, prefix)
    return f"{inner} | None" if schema.get("nullable") else inner


def _inner_type(schema: Mapping[str, Any], prefix: str) -> str:
    for combined in ("oneOf", "anyOf", "allOf"):
        if combined in schema:
            return " | ".join(dict.fromkeys(_type(each, prefix) for each in schema[combined]))
    if "enum" in schema:
        return f"Literal[{', '.join(repr(each) for each in schema['enum'])}]"
    if schema.get("type") == "array":
        return f"list[{_type(schema['items'], prefix)}]"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        inner = _type(values, prefix) if isinstance(values, dict) and values else "Any"
        return f"dict[str, {inner}]"
    return PLAIN.get(schema.get("type", ""), "Any")


def _definition(name: str, component: Mapping[str, Any]) -> str:
    if "properties" not in component:
        return f"{name} = {_type(component)}\n"
    required = component.get("required", ())
    fields = {
        field: _type(each) if field in required else f"NotRequired[{_type(each)}]"
        for field, each in component["properties"].items()
    }
    if any(keyword.iskeyword(field) for field in fields):
        lines = "".join(f'        "{field}": "{each}",\n' for field, each in fields.items())
        return f'{name} = TypedDict(\n    "{name}",\n    {{\n{lines}    }},\n)\n'
    lines = "".join(f"    {field}: {each}\n" for field, each in fields.items())
    told = _docstring(component.get("description", name), 4)
    return f"\nclass {name}(TypedDict):\n{told}\n{lines}"


def _docstring(text: str, indent: int) -> str:
    blanks = " " * indent
    paragraphs = [
        textwrap.fill(
            " ".join(each.split()), WIDTH, initial_indent=blanks, subsequent_indent=blanks
        )
        for each in text.strip().split("\n\n")
    ]
    body = "\n\n".join(paragraphs).strip()
    end = f"\n{blanks}" if "\n" in body else ""
    return f'{blanks}"""{body}{end}"""\n'


def _method(address: str, method: str, operation: Mapping[str, Any]) -> str:
    parameters = operation.get("parameters", [])
    in_path = [each for each in parameters if each["in"] == "path"]
    content = operation.get("requestBody", {}).get("content", {})
    arguments = ["self", *(f"{_word(each['name'])}: {_type(each['schema'])}" for each in in_path)]
    arguments += _body_arguments(content)
    rest = [each for each in parameters if each["in"] != "path"]
    if rest:
        arguments += ["*", *map(_option, sorted(rest, key=lambda each: not each.get("required")))]
    answer = _answer_type(operation["responses"])
    head = "".join(f"        {each},\n" for each in arguments)
    return "\n".join(
        [
            f"    def {operation['operationId']}(\n{head}    ) -> {answer}:",
            _docstring(operation.get("description", operation["operationId"]), 8).rstrip(),
            *_statements(address, method, content, rest, answer),
            "",
        ]
    )


def _body_arguments(content: Mapping[str, Any]) -> Iterator[str]:
    if JSON in content:
        yield f"body: {_type(content[JSON]['schema'], 'types.')}"
    elif content:
        yield "body: bytes"
        yield "content_type: str"


def _option(parameter: Mapping[str, Any]) -> str:
    annotation = _type(parameter["schema"], "types.")
    default = "" if parameter.get("required") else " | None = None"
    return f"{_word(parameter['name'])}: {annotation}{default}"


def _word(name: str) -> str:
    word = re.sub(r"\W", "_", name).lower()
    return f"{word}_" if keyword.iskeyword(word) else word


def _answer_type(responses: Mapping[str, Any]) -> str:
    good = [each for status, each in sorted(responses.items()) if status < "400"]
    content = good[0].get("content", {}) if good else {}
    return _type(content[JSON]["schema"], "types.") if JSON in content else "None"


def _statements(
    address: str,
    method: str,
    content: Mapping[str, Any],
    rest: list[Mapping[str, Any]],
    answer: str,
) -> Iterator[str]:
    filled = re.sub(r"{(\w+)}", lambda match: "{path(" + _word(match[1]) + ")}", address)
    given = [f'"{method.upper()}"', f'f"{filled}"' if "{" in filled else f'"{filled}"']
    for name, place in (("query", "query"), ("headers", "header")):
        pairs = [f'"{each["name"]}": {_word(each["name"])}' for each in rest if each["in"] == place]
        if pairs:
            given.append(f"{name}={{{', '.join(pairs)}}}")
    if content:
        given.append(
            "json_body=body" if JSON in content else "body=body, content_type=content_type"
        )
    call = "self.call(" + ", ".join(given) + ")"
    if answer == "None":
        yield f"        {call}"
    else:
        yield f"        answer: {answer} = {call}"
        yield "        return answer"


def write(schema: Mapping[str, Any], folder: Path = PACKAGE) -> None:
    """Write both modules, in the project's style."""
    written = {folder / "types.py": types_module(schema), folder / "calls.py": calls_module(schema)}
    for file, source in written.items():
        file.write_text(source, encoding="utf-8")
    style = ["ruff", "format", "--quiet", "--isolated", "--line-length", "100"]
    subprocess.run([sys.executable, "-m", *style, *written], check=True)  # noqa: S603


if __name__ == "__main__":
    write(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
