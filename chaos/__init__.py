"""Kills everything that can be killed while cases go on, and counts what was lost, doubled, disordered or stuck."""
