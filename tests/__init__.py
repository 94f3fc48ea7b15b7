"""Tests, laid out as the tree is."""
