"""The case, whom it concerns, the words a decision needs, and what settings say of a forum's days."""
