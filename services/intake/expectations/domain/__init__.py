"""The alarm about what was expected at a sitting and was not received."""
