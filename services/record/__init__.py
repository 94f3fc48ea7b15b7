"""The whole record across services: history, proof and access."""
