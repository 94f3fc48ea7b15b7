"""When the watchdog barks."""

from dataclasses import dataclass

from bus.watchdog import Reading, Watchdog

IDLE = Reading(0, 0)


@dataclass
class Hand:
    """A clock and a reader that a test moves by hand."""

    seconds: float = 0.0
    reading: Reading | Exception = IDLE

    async def read(self) -> Reading:
        if isinstance(self.reading, Exception):
            raise self.reading
        return self.reading

    def dog(self) -> Watchdog:
        return Watchdog({"events": self.read}, lambda: self.seconds, patience=30)


async def test_work_that_waits_for_30_seconds_without_a_gain_is_a_reason():
    hand = Hand(reading=Reading(5, 3))
    dog = hand.dog()
    assert (await dog.look()).well
    hand.seconds = 29.9
    assert (await dog.look()).well
    hand.seconds = 30.0
    assert (await dog.look()).reasons == ("events: 3 messages wait and none has moved for 30 s.",)


async def test_a_gain_of_one_position_starts_the_30_seconds_anew():
    hand = Hand(reading=Reading(5, 300))
    dog = hand.dog()
    await dog.look()
    hand.seconds, hand.reading = 29.0, Reading(6, 299)
    assert (await dog.look()).well
    hand.seconds = 58.9
    assert (await dog.look()).well
    hand.seconds = 59.0
    assert not (await dog.look()).well


async def test_nothing_to_do_is_well_for_ever():
    hand = Hand(reading=Reading(5, 0))
    dog = hand.dog()
    await dog.look()
    hand.seconds = 10_000.0
    assert (await dog.look()).well
    hand.reading = Reading(5, 1)
    assert (await dog.look()).well


async def test_work_that_cannot_be_counted_is_a_reason_after_30_seconds():
    hand = Hand(reading=Reading(5, None))
    dog = hand.dog()
    await dog.look()
    hand.seconds = 30.0
    assert (await dog.look()).reasons == ("events: an unknown number of messages wait and none has moved for 30 s.",)


async def test_a_trouble_is_a_reason_at_once():
    hand = Hand(reading=Reading(5, 0, ("council c4d81e is stopped",)))
    assert (await hand.dog().look()).reasons == ("events: council c4d81e is stopped.",)


async def test_a_reading_that_cannot_be_taken_is_a_reason_without_its_words():
    hand = Hand(reading=OSError("the child's name"))
    assert (await hand.dog().look()).reasons == ("events: it cannot be read (OSError).",)
