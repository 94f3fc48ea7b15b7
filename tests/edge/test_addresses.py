"""An address is taken as it can be put on an envelope, or refused at the form."""

import pytest
from pydantic import TypeAdapter, ValidationError

from edge.forms import Email

EMAIL: TypeAdapter[str] = TypeAdapter(Email)

TAKEN = {
    "ann@home.example": "ann@home.example",
    "o'brien@home.example": "o'brien@home.example",
    "ann+panel@home.example": "ann+panel@home.example",
    "ann@café.example": "ann@xn--caf-dma.example",
    "ann@HOME.Example": "ann@home.example",
    "Ann.O@home.example": "Ann.O@home.example",
    "ann@xn--caf-dma.example": "ann@xn--caf-dma.example",
}

REFUSED = [
    "\u200bann@home.example",
    "an\u200bn@home.example",
    "ann@ho\u200bme.example",
    "ann@home.example\u200b",
    "ann@ho\u00adme.example",
    "ann\u2060@home.example",
    "\ufeffann@home.example",
    "o\u2019brien@home.example",
    "zoë@home.example",
    "mailto:ann@home.example",
    "ann@home.example.",
    "ann.@home.example",
    "ann..b@home.example",
    ".ann@home.example",
    "ann@home",
    "ann@home_.example",
    "ann@-home.example",
    "ann@[192.0.2.1]",
    '"ann b"@home.example',
    "Ann <ann@home.example>",
    "ann@home.example, ben@home.example",
    "ann@home.example\r\nBcc: all@home.example",
    "ann@home.example ",
    "ann@home@example",
    "ann",
    "",
    "a" * 65 + "@home.example",
    "ann@" + "a" * 64 + ".example",
]


@pytest.mark.parametrize("given", TAKEN)
def test_what_can_be_sent_is_taken_as_it_is_sent(given: str) -> None:
    assert EMAIL.validate_python(given) == TAKEN[given]


@pytest.mark.parametrize("given", REFUSED, ids=ascii)
def test_what_could_never_leave_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(ValidationError) as refused:
        EMAIL.validate_python(given)
    (error,) = refused.value.errors(include_input=False, include_url=False)
    assert error["type"] in ("NOT_AN_ADDRESS", "string_pattern_mismatch", "string_too_long")
    assert not given.strip() or given not in error["msg"]
