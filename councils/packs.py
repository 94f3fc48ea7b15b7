"""The councils of the source documents, as shipped data: one YAML file each, under its slug."""

from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from councils.checks import read
from councils.settings import Settings


def packs() -> tuple[str, ...]:
    """The slugs of every pack that is shipped."""
    folder = files("councils").joinpath("packs")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@cache
def _text(slug: str) -> str:
    return files("councils").joinpath("packs", f"{slug}.yaml").read_text(encoding="utf-8")


def load_pack(slug: str) -> dict[str, Any]:
    """A pack's terms as JSON values, every default written out: what `POST /settings` takes.

    Raises KeyError for a slug that is not shipped, `councils.checks.Unreadable` for a file that is not terms.
    """
    if slug not in packs():
        raise KeyError(slug)
    return read(yaml.safe_load(_text(slug))).document()


def load_earlier(name: str) -> dict[str, Any]:
    """Terms that a council of the packs had before, as JSON values: today's pack but for the members that differed.

    Raises KeyError for a name that is not shipped. `doncaster-2023` is Doncaster until 31 March 2024 (DOMAIN.md, A8).
    """
    file = files("councils").joinpath("packs", "earlier", f"{name}.yaml")
    if not file.is_file():
        raise KeyError(name)
    earlier = yaml.safe_load(file.read_text(encoding="utf-8"))
    return read({**load_pack(earlier["pack"]), **earlier["terms"]}).document()


def pack_settings(slug: str, *, version: int, in_force_from: datetime) -> Settings:
    """A pack as one published version, for whoever needs its rules without a publication."""
    return Settings.of(read(load_pack(slug)), version=version, in_force_from=in_force_from)
