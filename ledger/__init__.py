"""The append-only store; knows no case and no Kafka."""
