"""The names under which intake's events are stored. Append to it; never edit a released line."""

from ledger.codec import stored
from services.intake.domain import events

STORED = (
    stored("intake.application.started", 1, events.ApplicationStarted),
    stored("intake.application.budget_indicated", 1, events.BudgetIndicated),
    stored("intake.application.costs_given", 1, events.CostsGiven),
    stored("intake.application.complexity_marked", 1, events.ComplexityMarked),
    stored("intake.application.section_completed", 1, events.SectionCompleted),
    stored("intake.application.voice_recorded", 1, events.VoiceRecorded),
    stored("intake.application.signed", 1, events.ApplicationSigned),
    stored("intake.application.agreed", 1, events.ApplicationAgreed),
    stored("intake.application.agreement_voided", 1, events.AgreementVoided),
    stored("intake.application.submitted", 1, events.ApplicationSubmitted),
    stored("intake.application.reopened", 1, events.ApplicationReopened),
    stored("intake.application.further_information_asked", 1, events.FurtherInformationAsked),
    stored("intake.application.further_information_given", 1, events.FurtherInformationGiven),
    stored("intake.application.closed", 1, events.ApplicationClosed),
)
