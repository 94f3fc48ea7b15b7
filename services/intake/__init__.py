"""Applications: one form from first draft to submission."""
