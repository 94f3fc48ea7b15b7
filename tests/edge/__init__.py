"""Tests of the edge: tokens, bodies, commands, refusals and the clock."""
