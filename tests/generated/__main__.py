"""Writes everything that is generated, or says what is stale: ``python -m tests.generated [--write]``."""

import sys
from collections.abc import Sequence

from contracts import check
from tests.generated import codes, owners, scenarios, schemas, settings_schema, who_sees_what
from tests.generated.files import Files, stale, write
from tests.histories import golden


def wanted() -> Files:
    """Every generated file with the text that it should have today."""
    every = (schemas, owners, scenarios, who_sees_what, codes, settings_schema)
    return {path: text for one in every for path, text in one.files().items()}


def main(arguments: Sequence[str]) -> int:
    """0 when nothing was stale, or when everything is written."""
    if arguments == ["--write"]:
        golden.add()
        write(wanted())
        return check.main(["--release"])
    found = stale(wanted())
    print("\n".join(f"{path} is stale; run: make generate" for path in found) or "Nothing generated is stale.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
