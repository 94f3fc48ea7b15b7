"""What a form must hold before it goes to the panel, by topic: one function for each thing that it can lack."""

from ledger.decider import Failing, Refused, rule_broken


def broken(*failing: Failing) -> Refused:
    """The refusal of a command that names everything that is wrong with it, under the code of what comes first."""
    return rule_broken(failing[0].code, failing[0].sentence, failing=failing)
