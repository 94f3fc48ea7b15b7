#!/usr/bin/env bash
# Formats (once) and runs one Kafka node with passwords and ACLs from its first start, inside the official image.
#
#   KAFKA_ADMIN_PASSWORD   the super user's (`admin`); letters, digits, - and _ only
#   KAFKA_ADVERTISED_HOST  where clients reach it; KAFKA_PORT (9092) is the port there and here
#   KAFKA_DATA             a folder that survives; KAFKA_HOME, where Kafka is
#
# The settings are those of deploy/local/kafka.py. Controllers cannot log in with SCRAM, because SCRAM's users live in
# what the controllers keep: between them the same account logs in with PLAIN, on a port that stays in the container.
set -euo pipefail
umask 077

: "${KAFKA_ADMIN_PASSWORD:?is the password of the super user and must be set}"
home=${KAFKA_HOME:-/opt/kafka}
data=${KAFKA_DATA:-/var/lib/kafka/data}
port=${KAFKA_PORT:-9092}
controller=127.0.0.1:${KAFKA_CONTROLLER_PORT:-9093}
host=${KAFKA_ADVERTISED_HOST:-kafka}
properties=$(mktemp)
login="username=\"admin\" password=\"${KAFKA_ADMIN_PASSWORD}\""
security=org.apache.kafka.common.security

cat >"$properties" <<SETTINGS
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=${controller}
controller.listener.names=CONTROLLER
listeners=CLIENT://${KAFKA_LISTEN:-0.0.0.0}:${port},CONTROLLER://${controller}
advertised.listeners=CLIENT://${host}:${port},CONTROLLER://${controller}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=CLIENT
sasl.enabled.mechanisms=SCRAM-SHA-256
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-256
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.scram-sha-256.sasl.jaas.config=${security}.scram.ScramLoginModule required ${login};
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=${security}.plain.PlainLoginModule required ${login} user_admin="${KAFKA_ADMIN_PASSWORD}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
allow.everyone.if.no.acl.found=false
log.dirs=${data}/log
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
group.initial.rebalance.delay.ms=0
message.max.bytes=2097152
replica.fetch.max.bytes=2097152
socket.request.max.bytes=16777216
log.cleaner.dedupe.buffer.size=8388608
log.cleaner.threads=1
log.retention.ms=-1
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
SETTINGS

if [ ! -e "${data}/log/meta.properties" ]; then
  "${home}/bin/kafka-storage.sh" format --standalone \
    --cluster-id "$("${home}/bin/kafka-storage.sh" random-uuid)" \
    --config "$properties" \
    --add-scram "SCRAM-SHA-256=[name=admin,password=${KAFKA_ADMIN_PASSWORD}]"
fi
exec "${home}/bin/kafka-server-start.sh" "$properties"
