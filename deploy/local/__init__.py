"""Real PostgreSQL, real Kafka and a real mail server on this machine, without Docker."""
