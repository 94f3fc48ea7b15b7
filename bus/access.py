"""How a service reaches Kafka: address and credential, the clients made from them, and why a connection failed."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.conn import create_conn
from aiokafka.errors import AuthenticationFailedError, KafkaError, SaslAuthenticationFailed
from faststream.kafka import KafkaBroker
from faststream.security import SASLScram256

MAX_MESSAGE = 2 * 1024 * 1024
"""Bytes; the largest message a producer sends, and what every topic must admit."""

MAX_BATCH = 1024 * 1024
"""Bytes; what a producer sends to one partition at once. A single larger message travels alone."""

_PATIENCE_MS = 30_000
_PROBE_MS = 5_000
_POLL_MS = 500

_METADATA_MS = 30_000
"""How old a consumer's view of the topics may be: one that was deleted and made again is heard after that long."""


class WrongPassword(Exception):
    """The broker answered and refused the credential: waiting does not help, someone must correct the password."""


class BrokerUnreachable(OSError):
    """No broker of the bootstrap list answered: it may come back, so trying again is right."""


@dataclass(frozen=True)
class KafkaAccess:
    """One principal's way into Kafka: `host:port` list, SCRAM-SHA-256 name and password."""

    bootstrap: str
    username: str
    password: str = field(repr=False)

    def client_settings(self) -> dict[str, Any]:
        """The connection arguments that aiokafka's producer and consumer share."""
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-256",
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }

    def producer(self) -> AIOKafkaProducer:
        """A producer, not started, that neither loses, doubles nor reorders what it has acknowledged.

        It is patient: a broker that is killed and comes back within 30 s costs time and nothing else (TRAPS,
        "Real Kafka" 5). After any send error it must be thrown away (TRAPS, "FastStream and aiokafka" 8 and 13).
        """
        return AIOKafkaProducer(
            **self.client_settings(),
            client_id=f"{self.username}-relay",
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=_PATIENCE_MS,
            max_request_size=MAX_MESSAGE,
            max_batch_size=MAX_BATCH,
        )

    def reader(self, *topics: str, **settings: Any) -> AIOKafkaConsumer:
        """A plain consumer, not started, outside any group unless `group_id` is given: for tools and evidence."""
        return AIOKafkaConsumer(*topics, **self.client_settings(), **settings)

    async def everything(self, partitions: Iterable[TopicPartition]) -> AsyncIterator[ConsumerRecord]:
        """Every message of these partitions up to their ends as they are now, each partition's in order."""
        whole = list(partitions)
        if not whole:
            return
        async with self.reader(enable_auto_commit=False) as reader:
            reader.assign(whole)
            await reader.seek_to_beginning(*whole)
            ends = await reader.end_offsets(whole)
            while left := [one for one in whole if await reader.position(one) < ends[one]]:
                for one, records in (await reader.getmany(*left, timeout_ms=_POLL_MS, max_records=2000)).items():
                    for record in records:
                        if record.offset < ends[one]:
                            yield record

    def broker(self) -> KafkaBroker:
        """A FastStream broker that only consumes: no producer, no topic creation, no argument injection."""
        return KafkaBroker(
            self.bootstrap.split(","),
            security=SASLScram256(self.username, self.password, use_ssl=False),
            client_id=f"{self.username}-consumer",
            metadata_max_age_ms=_METADATA_MS,
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=5.0,
        )

    async def explain(self, failure: BaseException) -> BaseException:
        """The reason behind aiokafka's "Unable to bootstrap", which looks the same for a wrong password.

        Knocks on each address once more with the credential. Returns a WrongPassword if any broker refused it,
        a BrokerUnreachable if none answered, and ``failure`` itself if one let us in.
        """
        for address in self.bootstrap.split(","):
            host, _, port = address.strip().rpartition(":")
            try:
                connection = await create_conn(
                    host,
                    int(port),
                    request_timeout_ms=_PROBE_MS,
                    **{name: value for name, value in self.client_settings().items() if name != "bootstrap_servers"},
                )
            except (AuthenticationFailedError, SaslAuthenticationFailed):
                return WrongPassword(f"Kafka at {self.bootstrap} refused the password of principal {self.username}.")
            except (KafkaError, OSError):
                continue
            connection.close()
            return failure
        return BrokerUnreachable(f"No Kafka broker answers at {self.bootstrap}.")
