"""Tests of the documents: that they name what is there."""
