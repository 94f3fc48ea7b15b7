"""Applications that go back to their originator, or are withdrawn (DOMAIN.md, B5, B11)."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.decider import By
from services.panel.decisions.domain.events import (
    DeferredToSitting,
    WithdrawalAgreed,
    Withdrawn,
)
from services.panel.decisions.domain.receiving import candidate
from services.panel.decisions.domain.withdrawing import AgreeWithdrawal, Withdraw
from tests.services.panel.cases import (
    APPLICATION,
    NOW,
    SERVICE_MANAGER,
    TEAM_MANAGER,
    WORKER,
    asking,
    private,
    received,
)
from tests.services.panel.decisions.test_decision import REASON, RETURNED, TWENTIETH, back, waiting

WITHDRAWAL_AGREED = WithdrawalAgreed(APPLICATION, "service-manager-1", NOW, private(REASON))


def test_an_inaccurate_application_is_returned_with_reasons() -> None:
    """B5."""
    waiting().when(*back(REASON)).then(RETURNED)


def test_a_return_may_keep_the_place_at_a_named_sitting_as_a_second_fact() -> None:
    """B5: never an outcome of the panel."""
    waiting().when(*back(REASON, to=TWENTIETH)).then(
        replace(RETURNED, defer_to=TWENTIETH), DeferredToSitting(APPLICATION, TWENTIETH)
    )
    resubmitted = waiting().and_then(RETURNED, DeferredToSitting(APPLICATION, TWENTIETH), received(times=2))
    assert candidate(APPLICATION, resubmitted.state()).returns_on == TWENTIETH


def test_a_return_without_a_sentence_of_reasons_is_refused() -> None:
    waiting().when(*back()).then_refused("REASONS_MISSING")
    waiting().when(*back("Not good")).then_refused("REASONS_MISSING")


def test_a_return_names_a_day_on_which_the_forum_sits() -> None:
    waiting().when(*back(REASON, to=date(2026, 10, 21))).then_refused("NOT_A_SITTING_DAY")


def test_a_social_worker_returns_nothing() -> None:
    waiting().when(*back(REASON, by=WORKER)).then_refused("ROLE_NOT_ALLOWED")


def test_what_was_returned_is_not_before_panel() -> None:
    waiting().and_then(RETURNED).when(*back(REASON)).then_refused("NOT_BEFORE_PANEL")


def test_a_social_worker_alone_withdraws_nothing() -> None:
    """B11."""
    assert (
        waiting().when(*asking(Withdraw(REASON), by=WORKER, at=NOW)).then_refused("WITHDRAWAL_NOT_AGREED").kind == 403
    )


def test_with_the_service_managers_agreement_it_is_withdrawn_and_the_reason_kept() -> None:
    """B11."""
    waiting().when(*asking(AgreeWithdrawal(REASON), by=SERVICE_MANAGER, at=NOW)).then(WITHDRAWAL_AGREED)
    agreed = waiting().and_then(WITHDRAWAL_AGREED)
    agreed.when(*asking(AgreeWithdrawal(REASON), by=SERVICE_MANAGER, at=NOW)).then_nothing()
    agreed.when(*asking(Withdraw(REASON), by=WORKER, at=NOW)).then(
        Withdrawn(APPLICATION, "worker-1", NOW, "service-manager-1", private(REASON))
    )


@pytest.mark.parametrize("by", [By("service-manager-2", "service_manager"), TEAM_MANAGER, WORKER])
def test_another_than_its_own_service_manager_agrees_to_nothing(by: By) -> None:
    """B11: the relevant service manager's agreement."""
    assert (
        waiting().when(*asking(AgreeWithdrawal(REASON), by=by, at=NOW)).then_refused("NOT_THE_SERVICE_MANAGER").kind
        == 403
    )


def test_another_worker_withdraws_nothing() -> None:
    another = asking(Withdraw(REASON), by=By("worker-2", "social_worker"), at=NOW)
    waiting().and_then(WITHDRAWAL_AGREED).when(*another).then_refused("NOT_THE_ORIGINATOR")


def test_a_withdrawal_says_why() -> None:
    waiting().when(*asking(AgreeWithdrawal("No"), by=SERVICE_MANAGER, at=NOW)).then_refused("REASONS_MISSING")
    waiting().and_then(WITHDRAWAL_AGREED).when(*asking(Withdraw(""), by=WORKER, at=NOW)).then_refused("REASONS_MISSING")


def test_an_agreement_to_withdraw_does_not_outlive_a_return() -> None:
    again = waiting().and_then(WITHDRAWAL_AGREED, RETURNED, received(times=2))
    again.when(*asking(Withdraw(REASON), by=WORKER, at=NOW)).then_refused("WITHDRAWAL_NOT_AGREED")
