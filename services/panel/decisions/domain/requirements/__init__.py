"""What an outcome asks for: one function per refusal code, which names every field that fails."""
