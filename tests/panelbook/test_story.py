"""The demo as a stranger meets it: told once by the command line, against servers of its own, and gone afterwards."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from panelbook.cli import STORY_COUNCILS

pytestmark = pytest.mark.connected

PATIENCE = 400.0
"""Seconds; a quiet machine needs about a tenth of it."""


@pytest.fixture(scope="module")
def chapters() -> dict[str, str]:
    """Each chapter on one line by the first word of its title; nothing of the run is left running or lying there."""
    # Not pytest's own folder, which only its owner may enter: PostgreSQL may run as an account of its own.
    folder = Path(tempfile.mkdtemp(prefix="panelbook-story-"))
    folder.chmod(0o711)
    command = [sys.executable, "-m", "panelbook", "demo", "--once", "--port", "0", "--folder", str(folder)]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, "NO_PROXY": "127.0.0.1"}
        )
        assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
        assert list(folder.iterdir()) == []
        assert still_running(str(folder)) == []
    finally:
        shutil.rmtree(folder)
    _, *parts = re.split(r"^\d  (\w+)[^\n]*\n-+$", ended.stdout, flags=re.MULTILINE)
    return {title: " ".join(text.split()) for title, text in zip(parts[::2], parts[1::2], strict=True)}


def still_running(folder: str) -> list[str]:
    """Processes that name a folder in their command line or live in it."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            lives_in = os.readlink(process / "cwd")
        except OSError:
            continue
        if folder in command or lives_in.startswith(folder):
            found.append(command)
    return found


def test_it_ends_with_what_was_verified_for_every_council_of_the_story(chapters: dict[str, str]) -> None:
    assert list(chapters) == ["Shropshire", "Doncaster", "Swindon", "Northborough", "A", "The"]
    assert re.search(r" verified: \d{3,} events, 4 councils$", chapters["The"])
    assert len(STORY_COUNCILS) == 4


def test_a_plan_within_the_year_s_limit_is_decided_by_another_officer_than_who_wrote_it(
    chapters: dict[str, str],
) -> None:
    """A6, A7: £942.30 a week is £48,999.60 a year, and one penny a week more is over £49,000.00."""
    doncaster = chapters["Doncaster"]
    within = "£48,999.60 a year: routed DELEGATED, because UNDER_LIMIT (settings version 1, table"
    order = [
        within,
        "refused, SELF_APPROVAL",
        "who could decide it now: Ruth Hathersage;"
        " who could not: Winston Garth (NO_LIMIT), Nadia Sykes (SELF_APPROVAL)",
        "Ruth Hathersage (team manager) agrees it within delegated authority.",
        "£942.30 a week, £48,999.60 a year, beside the limit of £49,000.00 a year and settings version 1",
        "£49,000.12 a year: routed PANEL to FUNDING_PANEL on 2026-10-14, because COST (settings version 1, table",
        "£49,099.60 in the year would go PANEL to FUNDING_PANEL",
    ]
    assert sorted(order, key=doncaster.index) == order


def test_a_draft_with_a_higher_limit_is_tried_on_the_cases_so_far(chapters: dict[str, str]) -> None:
    assert "1 of 2 would have gone another way: PANEL -> DELEGATED by row up-to-49000" in chapters["Doncaster"]


def test_the_reviewing_officer_s_section_is_asked_for_and_voids_what_was_signed_before_it(
    chapters: dict[str, str],
) -> None:
    """B6: a submission without it, then the signatures again."""
    northborough = chapters["Northborough"]
    before, _, after = northborough.partition("refused, IRO_SECTION_MISSING")
    assert "(team manager) signs it." in before
    reviewed = after.index("(independent reviewing officer) writes the section")
    assert after.index("(team manager) signs it.") > reviewed


def test_the_last_second_of_the_cut_off_is_in_time_and_the_next_is_late_with_another_sitting_offered(
    chapters: dict[str, str],
) -> None:
    """B3: Wednesday 13:00 in London, in summer and in winter time."""
    northborough = chapters["Northborough"]
    order = [
        "Wed 21 Oct 13:00:00 Callum Adeyemi (social worker) submits it",
        "received at 2026-10-21T12:00:00Z",
        "Wed 21 Oct 13:00:01 Callum Adeyemi (social worker) submits the other one",
        "refused, LATE",
        "offered instead: the sitting of 2026-11-03, open until 2026-10-28T13:00:00Z",
        "2 were announced, 1 of them not received",
        "refused, NEEDED_MISSING",
        "records NOT AGREED again, with what would be needed.",
    ]
    assert sorted(order, key=northborough.index) == order


def test_no_topic_holds_a_name_or_a_narrative_of_any_of_the_cases(chapters: dict[str, str]) -> None:
    """G5."""
    (words,) = re.findall(r"scanned for (\d+) names and narratives: none in clear", chapters["A"])
    assert int(words) > 80
