"""Tests of the local runtime and of the backends' choice."""
