"""Stored events of every released schema, as they were written, and what they must always read as."""
