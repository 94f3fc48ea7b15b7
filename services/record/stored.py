"""The names under which complaints are stored. Append to it; never edit a released line."""

from ledger.codec.codec import stored
from services.record.complaints.domain.complaint import ComplaintOpened

STORED = (stored("record.complaint.opened", 1, ComplaintOpened),)
