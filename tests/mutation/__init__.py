"""Breaks rules on purpose and asks whether their own tests notice (`make mutate`)."""
