"""Writes the JSON Schema of a council's settings, `contracts/settings.schema.json`, from their model."""

import ast
import json
from collections.abc import Iterator
from typing import Any

from councils.settings import Terms
from edge.publications import SCHEMA_ADDRESS, SETTINGS_SCHEMA
from tests.generated.files import ROOT, Files, read

MODEL = "councils/settings.py"


def files() -> Files:
    """The schema, by its path."""
    return {SETTINGS_SCHEMA.relative_to(ROOT).as_posix(): json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"}


def schema() -> dict[str, Any]:
    """The schema, with what stands below each member in the model as its description."""
    found = Terms.model_json_schema(by_alias=True)
    said = {(of, member): words for of, member, words in _said()}
    for name, model in ((Terms.__name__, found), *found["$defs"].items()):
        for member, one in model.get("properties", {}).items():
            if words := said.get((name, member)):
                one.setdefault("description", words)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:panelbook:schema:{SCHEMA_ADDRESS.strip('/')}",
        **found,
        "title": "A council's settings",
    }


def _said() -> Iterator[tuple[str, str, str]]:
    for model in ast.walk(ast.parse(read(MODEL))):
        if isinstance(model, ast.ClassDef):
            for member, below in zip(model.body, model.body[1:], strict=False):
                match member, below:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                        yield model.name, name, " ".join(words.split())
                    case _:
                        pass
