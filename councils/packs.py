"""The councils of the source documents, as shipped data: one YAML file each, under its slug."""

import re
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Whoever only asks for a name or an id, as the command line does, waits for no model of terms.
    from councils.settings import Settings

_ID = re.compile(r'^id: *"?([a-z0-9]+)"?', re.MULTILINE)


def packs() -> tuple[str, ...]:
    """The slugs of every pack that is shipped."""
    folder = files("councils").joinpath("packs")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@cache
def _text(slug: str) -> str:
    return files("councils").joinpath("packs", f"{slug}.yaml").read_text(encoding="utf-8")


def pack_id(slug: str) -> str:
    """The id of a pack's council. Raises KeyError for a slug that is not shipped."""
    found = _ID.search(_text(slug)) if slug in packs() else None
    if found is None:
        raise KeyError(slug)
    return found[1]


def load_pack(slug: str) -> dict[str, Any]:
    """A pack's terms as JSON values, every default written out: what `POST /settings` takes.

    Raises KeyError for a slug that is not shipped, `councils.checks.Unreadable` for a file that is not terms.
    """
    if slug not in packs():
        raise KeyError(slug)
    import yaml

    from councils.checks import read

    return read(yaml.safe_load(_text(slug))).document()


def load_earlier(name: str) -> dict[str, Any]:
    """Terms that a council of the packs had before, as JSON values: today's pack but for the members that differed.

    Raises KeyError for a name that is not shipped. `doncaster-2023` is Doncaster until 31 March 2024 (DOMAIN.md, A8).
    """
    file = files("councils").joinpath("packs", "earlier", f"{name}.yaml")
    if not file.is_file():
        raise KeyError(name)
    import yaml

    from councils.checks import read

    earlier = yaml.safe_load(file.read_text(encoding="utf-8"))
    return read({**load_pack(earlier["pack"]), **earlier["terms"]}).document()


def pack_settings(slug: str, *, version: int, in_force_from: datetime) -> "Settings":
    """A pack as one published version, for whoever needs its rules without a publication."""
    from councils.checks import read
    from councils.settings import Settings

    return Settings.of(read(load_pack(slug)), version=version, in_force_from=in_force_from)
