"""The rules by which a past case is taken in."""
