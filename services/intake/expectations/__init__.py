"""Which applications are expected at a sitting, and which of them were received."""
