"""Proof that nothing was altered: every copied leaf, chain and head derived again."""
