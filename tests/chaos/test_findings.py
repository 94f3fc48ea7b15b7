"""The count itself finds what it looks for: a count that could not fail would prove nothing."""

from chaos.findings import Findings, sequence_faults
from chaos.replies import Command, Reply, answer_of, differing


def test_a_dense_sequence_read_in_order_has_no_fault() -> None:
    assert sequence_faults("x", [1, 2, 3], 3) == ([], [], [], 0)


def test_what_is_sent_again_after_a_crash_is_a_repetition_and_no_fault() -> None:
    assert sequence_faults("x", [1, 2, 3, 2, 3, 4], 4) == ([], [], [], 2)


def test_what_never_came_is_lost() -> None:
    lost, _, disordered, _ = sequence_faults("x", [1, 3], 4)
    assert lost == ["x: 2", "x: 4"]
    assert disordered == ["x: 3 came after 1"]


def test_what_first_comes_after_something_later_is_out_of_order() -> None:
    assert sequence_faults("x", [2, 1], 2) == ([], [], ["x: 2 came after 0", "x: 1 came after 2"], 0)


def test_what_the_ledger_does_not_hold_is_invented() -> None:
    assert sequence_faults("x", [1, 2], 1)[1] == ["x: 2"]


def test_findings_are_counted_by_kind() -> None:
    findings = Findings()
    findings.note("lost", "here", ["one", "two"])
    findings.note("stuck", "there", [])
    assert findings.counts() == {
        "lost": 2, "doubled": 0, "out of order": 0, "stuck": 0, "broken": 0, "unforeseen": 0,
    }  # fmt: skip


def test_an_answer_is_a_no_only_where_the_code_promises_that_nothing_was_stored() -> None:
    assert answer_of(201, "") == "yes"
    assert answer_of(412, "STALE_VERSION") == "no"
    assert answer_of(503, "BUSY") == "no"
    assert answer_of(0, "ConnectError") == "no"
    assert answer_of(503, "COMMIT_UNKNOWN") == "unknown"
    assert answer_of(503, "STORE_AWAY") == "unknown"
    assert answer_of(500, "FAULT") == "unknown"
    assert answer_of(0, "ReadTimeout") == "unknown"


def test_a_command_told_no_and_then_left_alone_counts_as_no_and_one_without_an_answer_as_unknown() -> None:
    command = Command("c4d81e", "intake", "worker", "POST", "/intake/councils/c4d81e/applications", "k")
    assert command.verdict == "unknown"
    command.answers.append(Reply("no", 503, "BUSY"))
    assert command.verdict == "no"
    command.answers.append(Reply("unknown", 0, "ReadTimeout"))
    assert command.verdict == "unknown"
    command.answers.append(Reply("yes", 201, "", {"id": "a"}))
    assert command.verdict == "yes"


def test_a_command_told_yes_in_two_ways_is_noticed() -> None:
    yes = Reply("yes", 201, "", {"position": 1})
    assert not differing([yes, Reply("no", 503, "BUSY"), yes])
    assert differing([yes, Reply("yes", 201, "", {"position": 2})])
