"""Kafka in and out of the ledger."""
