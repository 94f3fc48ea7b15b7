"""Topics, SCRAM users and ACLs of a Kafka cluster, made so that doing it again changes nothing."""

# confluent-kafka documents these names in `confluent_kafka.admin`, but does not mark them there as exported.
# pyright: reportPrivateImportUsage=false

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import TypeVar, cast

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from contracts.registry import Acl, TopicSpec

_T = TypeVar("_T")
_Setting = str | int | float | bool
_RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional": ResourceType.TRANSACTIONAL_ID,
}
_PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefixed": ResourcePatternType.PREFIXED}
_OPERATIONS = {"read": AclOperation.READ, "write": AclOperation.WRITE, "describe": AclOperation.DESCRIBE}
_SCRAM_ITERATIONS = 4096  # The least that Kafka takes; passwords here are long and random, so more buys nothing.


class KafkaAdminProblem(Exception):
    """The cluster refused or did not do what was asked; the message says which."""


class KafkaAdmin:
    """The super user's hands, over SASL_PLAINTEXT with SCRAM-SHA-256. Blocks: call it from a thread in async code.

    Every method raises KafkaAdminProblem when the cluster refuses, or has not done it after `patience` seconds.
    """

    def __init__(self, bootstrap: str, username: str, password: str, *, patience: float = 30.0) -> None:
        self._bootstrap = bootstrap
        self._patience = patience
        self._client = AdminClient(_login(bootstrap, username, password))

    def list_topics(self) -> dict[str, int]:
        """Every topic but Kafka's own, with its number of partitions."""
        topics = _asked("list topics", lambda: self._client.list_topics(timeout=self._patience)).topics
        return {name: len(topic.partitions) for name, topic in topics.items() if not name.startswith("__")}

    def out_of_sync(self) -> int:
        """How many partitions have a replica that is not in sync."""
        topics = _asked("list topics", lambda: self._client.list_topics(timeout=self._patience)).topics.values()
        every = [partition for topic in topics for partition in topic.partitions.values()]
        return sum(len(partition.isrs) < len(partition.replicas) for partition in every)

    def ensure_topics(self, topics: Iterable[TopicSpec], replication: int) -> None:
        """Make the topics that are missing, give all of them their config, and wait until each partition has a leader.

        The number of partitions never changes once a topic exists, because keys would move to other partitions: a
        difference raises KafkaAdminProblem and nothing is made.
        """
        wanted = {topic.name: topic for topic in topics}
        there = self.list_topics()
        for name in wanted.keys() & there.keys():
            if there[name] != wanted[name].partitions:
                raise KafkaAdminProblem(
                    f"Topic {name} has {there[name]} partitions and {wanted[name].partitions} are asked for. "
                    "Partition counts never change after creation."
                )
        new = [
            NewTopic(
                name,
                num_partitions=topic.partitions,
                replication_factor=replication,
                config=dict(topic.config),
            )
            for name, topic in wanted.items()
            if name not in there
        ]
        if new:
            for name, future in self._client.create_topics(new).items():
                # Somebody else may be making the same topics right now.
                self._done(f"make topic {name}", future, fine=("TOPIC_ALREADY_EXISTS",))
        self._configure([wanted[name] for name in wanted.keys() & there.keys() if wanted[name].config])
        self._until(lambda: self._led(wanted), "every partition has a leader")

    def ensure_user(self, username: str, password: str) -> None:
        """Give the user this password, and wait until every broker lets the user in with it."""
        self.ensure_users({username: password})

    def ensure_users(self, passwords: Mapping[str, str]) -> None:
        """`ensure_user` for several at once, by name and password."""
        if not passwords:
            return
        changes: list[UserScramCredentialAlteration] = [
            UserScramCredentialUpsertion(
                name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, _SCRAM_ITERATIONS), password.encode()
            )
            for name, password in passwords.items()
        ]
        for name, future in self._client.alter_user_scram_credentials(changes).items():
            self._done(f"set the password of {name}", future)
        self._until(lambda: self.users() >= passwords.keys(), "the users are known")
        for broker in self._bootstrap.split(","):
            for name, password in passwords.items():
                self._until(
                    lambda broker=broker, name=name, password=password: can_log_in(broker, name, password),
                    f"{broker} lets {name} in",
                )

    def users(self) -> frozenset[str]:
        """Every user that has a password."""
        # Asked about nobody in particular, the library gives one future with everybody.
        asked = cast("Future[dict[str, object]]", self._client.describe_user_scram_credentials())
        return frozenset(self._done("list users", asked) or {})

    def remove_user(self, username: str) -> None:
        """Take a user's password and everything that it was allowed, and wait until no broker lets it in."""
        gone = UserScramCredentialDeletion(username, ScramMechanism.SCRAM_SHA_256)
        for name, future in self._client.alter_user_scram_credentials([gone]).items():
            self._done(f"take the password of {name}", future, fine=("RESOURCE_NOT_FOUND",))
        for future in self._client.delete_acls([_everything_of(username)]).values():
            self._done(f"take what {username} was allowed", future)
        self._until(lambda: username not in self.users(), "the user is gone")

    def ensure_acls(self, acls: Iterable[Acl]) -> None:
        """Add the ACLs that are missing, and wait until the cluster shows them all. Others stay as they are."""
        wanted = {_binding(acl) for acl in acls}
        missing = wanted - self._acls()
        if not missing:
            return
        for binding, future in self._client.create_acls(list(missing)).items():
            self._done(f"allow {binding.principal} on {binding.name}", future)
        self._until(lambda: wanted <= self._acls(), "the ACLs are in force")

    def _acls(self) -> set[AclBinding]:
        return set(self._done("list ACLs", self._client.describe_acls(_everything_of(None))) or [])

    def _configure(self, topics: list[TopicSpec]) -> None:
        resources = [ConfigResource(ConfigResource.Type.TOPIC, topic.name) for topic in topics]
        if not resources:
            return
        found = self._client.describe_configs(resources)
        stored = {
            resource.name: self._done(f"read the config of {resource.name}", future) or {}
            for resource, future in found.items()
        }
        changed = [
            ConfigResource(
                ConfigResource.Type.TOPIC,
                topic.name,
                incremental_configs=[
                    ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                    for name, value in topic.config.items()
                ],
            )
            for topic in topics
            if any(
                name not in stored[topic.name] or stored[topic.name][name].value != value
                for name, value in topic.config.items()
            )
        ]
        if changed:
            for resource, future in self._client.incremental_alter_configs(changed).items():
                self._done(f"set the config of {resource.name}", future)

    def _led(self, wanted: Mapping[str, TopicSpec]) -> bool:
        topics = _asked("list topics", lambda: self._client.list_topics(timeout=self._patience)).topics
        return all(
            name in topics
            and len(topics[name].partitions) == topic.partitions
            and all(partition.leader >= 0 for partition in topics[name].partitions.values())
            for name, topic in wanted.items()
        )

    def _done(self, what: str, future: "Future[_T]", fine: tuple[str, ...] = ()) -> _T | None:
        try:
            return future.result(timeout=self._patience)
        except KafkaException as error:
            if error.args[0].name() in fine:
                return None
            raise KafkaAdminProblem(f"Kafka would not {what}: {_message(error)}") from error
        except TimeoutError as error:
            raise KafkaAdminProblem(f"Kafka did not {what} within {self._patience:.0f} s.") from error

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        give_up = time.monotonic() + self._patience
        pause = 0.01
        while not holds():
            if time.monotonic() > give_up:
                raise KafkaAdminProblem(f"Waited {self._patience:.0f} s in vain until {what}.")
            time.sleep(pause)  # before the next try
            pause = min(pause * 2, 0.25)


def can_log_in(broker: str, username: str, password: str, *, seconds: float = 5.0) -> bool:
    """Whether one broker (`host:port`) lets the user in with the password. A broker that is away counts as no."""
    refused: list[str] = []
    client = AdminClient(
        _login(broker, username, password)
        | {"error_cb": lambda error: refused.append(error.name()), "reconnect.backoff.max.ms": 200}
    )
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        try:
            client.list_topics(timeout=0.25)
            return True
        except KafkaException:
            client.poll(0)
            if refused:
                return False
    return False


def _message(error: KafkaException) -> str:
    """What the broker said, but for refusals: there it says only what its own request objects look like."""
    name = error.args[0].name()
    return name if "AUTHORIZATION" in name else f"{name}: {error.args[0].str()}"


def _login(bootstrap: str, username: str, password: str) -> dict[str, _Setting]:
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": username,
        "sasl.password": password,
        "broker.address.family": "v4",
        "log_level": 0,  # Without it the library writes to standard error what we also get as exceptions.
    }


def _binding(acl: Acl) -> AclBinding:
    return AclBinding(
        _RESOURCES[acl.resource],
        acl.name,
        _PATTERNS[acl.pattern],
        f"User:{acl.principal}",
        "*",
        _OPERATIONS[acl.operation],
        AclPermissionType.ALLOW,
    )


def _everything_of(username: str | None) -> AclBindingFilter:
    """Whatever a user is allowed, or anybody."""
    anything = cast(str, None)  # The library takes None for "any name", and its types forget to say so.
    return AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        anything if username is None else f"User:{username}",
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def _asked(what: str, ask: Callable[[], _T]) -> _T:
    try:
        return ask()
    except KafkaException as error:
        raise KafkaAdminProblem(f"Kafka would not {what}: {_message(error)}") from error
