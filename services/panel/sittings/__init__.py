"""Sittings of a forum: when it sits, who is heard when, what is open, and the signature of the minutes."""
