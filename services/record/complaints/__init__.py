"""Disagreement and complaints: a family's disagreement is the opening of a complaint, not a note beside it."""
