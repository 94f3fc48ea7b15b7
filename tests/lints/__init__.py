"""Lints of our own, each a module with its reason as docstring."""
