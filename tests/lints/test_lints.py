"""The lints find what they are for, and let pass what they should."""

from pathlib import Path

import pytest

from tests.lints import council_predicate, log_lines, names, no_clock, one_meaning


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\nnow = datetime.datetime.now()",
        "from datetime import datetime as moment, UTC\nnow = moment.now(UTC)",
        "from datetime import date\ntoday = date.today()",
        "import time as t\nbegun = t.monotonic",
        "from time import monotonic as now",
        "import random",
        "from secrets import token_hex",
        "import os\nkey = os.environ['KEY']",
        "from os import environ",
        "import uuid\nnew = uuid.uuid4()",
        "from uuid import UUID, uuid4",
    ],
)
def test_a_reading_of_the_world_is_found_under_any_name(source: str) -> None:
    assert list(no_clock.findings(source))


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime\nthen = datetime(2026, 10, 7, tzinfo=UTC)",
        "from uuid import uuid5",
        "import os\njoined = os.path.join('a', 'b')",
        "def now(clock):\n    return clock.now()",
        "randomness = 1",
    ],
)
def test_what_reads_nothing_of_the_world_passes(source: str) -> None:
    assert list(no_clock.findings(source)) == []


def test_a_service_may_read_the_environment_only_where_it_is_put_together(tmp_path: Path) -> None:
    service = tmp_path / "services" / "panel"
    service.mkdir(parents=True)
    (service / "main.py").write_text("import os\nprint(os.environ)\n")
    assert no_clock.check(tmp_path) == []
    (service / "handlers.py").write_text("import os\nprint(os.environ)\n")
    assert no_clock.check(tmp_path) == [
        "services/panel/handlers.py:2: reads the world through os.environ; have it passed in"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT payload FROM ledger.row WHERE position = $1",
        "UPDATE read.application SET stage = $1 WHERE application = $2",
        "DELETE FROM read.task WHERE task = $1",
        "INSERT INTO read.task (task, owner) VALUES ($1, $2)",
        "SELECT council FROM read.task WHERE owner = $1",
        "TRUNCATE read.task",
    ],
)
def test_a_statement_that_forgets_its_council_is_found(statement: str) -> None:
    assert council_predicate.forgets_its_council(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT payload FROM ledger.row WHERE council = $1 AND position = $2",
        "SELECT a.stage FROM read.application a JOIN read.task t ON t.council = a.council WHERE a.council = $1",
        "INSERT INTO read.task (council, task) VALUES ($1, $2)",
        "SELECT max(number) FROM ledger.migration WHERE name = $1",
        "SELECT 1",
    ],
)
def test_a_statement_that_names_its_council_passes(statement: str) -> None:
    assert not council_predicate.forgets_its_council(statement)


def test_sql_is_found_where_it_may_not_stand_and_excuses_need_a_reason(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "panel"
    folder.mkdir(parents=True)
    (folder / "read.py").write_text(
        'A = "SELECT 1 FROM read.sitting"\n'
        "\n\n\n"
        "# every council: the relay copies rows of all of them.\n"
        'B = f"SELECT 1 FROM read.sitting LIMIT {1}"\n'
    )
    (folder / "handlers.py").write_text('"""SELECT in a docstring FROM nowhere."""\nC = "SELECT 1 FROM pg_class"\n')
    assert council_predicate.check(tmp_path) == [
        "services/panel/handlers.py:2: SQL may not stand here",
        "services/panel/read.py:1: a statement on a council's table without its council",
    ]


REFUSALS = (
    'raise not_allowed("NOT_YOURS", "It is not yours.")',
    'raise rule_broken("NOT_YOURS", "It is not yours.")',
    'yield Failing("/party", "NOT_YOURS", f"Party {one} is not yours.")',
    'raise Problem(415, "NOT_YOURS", "It is not yours.")',
)


@pytest.mark.parametrize(
    ("panel", "intake", "complaint"),
    [
        (0, 0, None),
        (0, 1, "NOT_YOURS is 403 and 422: services/intake/rules.py:1, services/panel/rules.py:1"),
        (0, 3, "NOT_YOURS is 403 and 415: services/intake/rules.py:1, services/panel/rules.py:1"),
        (
            1,
            2,
            "NOT_YOURS is said differently by intake and panel: services/intake/rules.py:1, services/panel/rules.py:1",
        ),
    ],
)
def test_a_code_has_one_status_and_one_service_that_says_it(
    tmp_path: Path, panel: int, intake: int, complaint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_meaning, "ALLOWED", {})
    for service, refusal in (("panel", panel), ("intake", intake)):
        (tmp_path / "services" / service).mkdir(parents=True)
        (tmp_path / "services" / service / "rules.py").write_text(REFUSALS[refusal] + "\n")
    assert one_meaning.check(tmp_path) == ([] if complaint is None else [complaint])


def test_one_service_may_say_a_code_in_two_sentences_and_a_listed_one_must_still_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_meaning, "ALLOWED", {"NOT_YOURS": "for a reason"})
    (tmp_path / "services" / "panel").mkdir(parents=True)
    (tmp_path / "services" / "panel" / "rules.py").write_text("\n".join(REFUSALS[1:3]) + "\n")
    assert one_meaning.check(tmp_path) == ["NOT_YOURS is said by one alone now; take it from the list of this lint"]


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def tell_desk(): ...", "desk"),
        ("class Told: ...", "told"),
        ("def act(doors): ...", "door"),
        ("for told in answers: ...", "told"),
        ("import ledger.memory as twin", "twin"),
        ("self.is_duty = 1", "duty"),
        ("match event:\n case Opened() as told: ...", "told"),
    ],
)
def test_a_metaphor_is_found_wherever_a_name_is_given(source: str, word: str) -> None:
    assert [one for _, name in names.given(source) for one in names.metaphors(name)] == [word]


@pytest.mark.parametrize("name", ["desktop", "indoors", "years", "appearance", "told_within_minutes", "householder"])
def test_other_words_and_released_names_pass(name: str) -> None:
    assert names.metaphors(name) == []


def test_a_metaphor_is_named_with_the_word_to_use(tmp_path: Path) -> None:
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "desk.py").write_text("told = 1\n")
    assert names.check(tmp_path) == [
        "bus/desk.py:1: desk: say unit, a unit of work",
        "bus/desk.py:1: told: say recorded, published, shown, or the recipient",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "log.info('row %s was refused', row)",
        "_log.warning(f'row {row} was refused')",
        "self._log.error('row ' + row)",
        "log.info('100 %')",
        "log.info('row_refused', row)",
        "log.info('row_refused', person=person)",
        "structlog.get_logger('x').info('row {} refused')",
        "logging.getLogger('x').warning('row %d', 1)",
        "log.exception(message)",
    ],
)
def test_a_log_line_that_loses_what_it_says_or_says_too_much_is_found(source: str) -> None:
    assert list(log_lines.findings(source))


@pytest.mark.parametrize(
    "source",
    [
        "log.info('row_refused', code=code, council=council)",
        "_log.info('request', **line, duration_ms=1.5)",
        "log.exception('task_crashed', exc_info=problem)",
        "call.log_read('route', str(application))",
        "math.log(2)",
        "self._log.open('ab')",
        "catalogue.info(person)",
    ],
)
def test_a_log_line_with_a_fixed_message_and_known_keys_passes(source: str) -> None:
    assert list(log_lines.findings(source)) == []


def test_every_log_line_of_the_product_says_what_it_means_to() -> None:
    """No message with a leftover place for a value, no key that the log drops."""
    assert log_lines.check(Path(__file__).parents[2]) == []
