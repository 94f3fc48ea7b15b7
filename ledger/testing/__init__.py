"""What only tests and measurements use: the ledger in memory, and facades."""
