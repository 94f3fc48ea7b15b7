"""Officers: who holds which role, up to which amount they may decide alone, and what they know."""
