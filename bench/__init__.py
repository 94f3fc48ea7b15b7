"""Measured comparisons: each prints a ratio against a named limit or peer."""
