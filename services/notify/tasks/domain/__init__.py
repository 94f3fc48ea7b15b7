"""The rules of one task."""
