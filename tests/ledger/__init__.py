"""The ledger keeps what it is given, in order, and can prove it."""
