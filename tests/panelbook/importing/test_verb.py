"""The verb `import` as it is typed: who may, what it prints, and with what it ends."""

import csv
import io
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from deploy.local.processes import RuntimeProblem
from ledger.decider import By, Private
from ledger.rows import Context
from panelbook.cli import app
from panelbook.importing.columns import columns
from panelbook.importing.verb import importer
from services.intake.imports.forms import NOT_KEPT
from services.routing.main import SERVICE as ROUTING
from services.routing.officers.domain.officer import OfficerAppointed
from tests.databases import Databases
from tests.services.house import SWINDON, open_house


def test_the_template_names_every_column_with_its_meaning() -> None:
    done = CliRunner().invoke(app, ["import", "--template"])
    assert done.exit_code == 0
    headings, remarks = csv.reader(io.StringIO(done.stdout))
    shown = {name.partition(".")[0] for name in headings}
    assert shown == {name.partition(".")[0] for name in columns()}
    assert not set(headings) & set(NOT_KEPT)
    assert all(remark.endswith(".") for remark in remarks)


@pytest.mark.parametrize("asked", [[], ["--council", "swindon", "--as", "a"], ["a.csv", "--council", "swindon"]])
def test_an_import_needs_a_file_a_council_and_an_officer(asked: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["import", *asked])
    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.mark.connected
async def test_cases_are_taken_in_by_an_officer_who_may(databases: Databases, tmp_path: Path) -> None:
    """An id that nobody was appointed under, and a social worker's, take nothing in."""
    async with open_house(ROUTING, databases, tmp_path) as house:
        now = house.host.clock.now()
        context = Context(SWINDON, "publisher", "settings_publisher", now, now, uuid4(), uuid4())
        async with house.host.book.unit_of_work(context) as unit:
            for officer, role in (("ro", "records_officer"), ("sw", "social_worker")):
                name = Private(officer, "A name")
                await unit.record(f"officer-{officer}", [OfficerAppointed(officer, role, "", "", name, name)])
        assert await importer(house.host, SWINDON, "ro") == By("ro", "records_officer")
        for nobody, says in (("someone", "no officer"), ("sw", "appointed as social_worker"), ("", "no officer")):
            with pytest.raises(RuntimeProblem, match=says):
                await importer(house.host, SWINDON, nobody)
