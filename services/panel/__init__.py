"""Sittings and decisions, and what follows from a decision."""
