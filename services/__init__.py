"""The five services; strangers to each other, they meet only through Kafka."""
