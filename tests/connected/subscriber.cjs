// A council's own system in Node.js: reads its council's topic with kafkajs, and prints each event with its headers as a line.
const { Kafka, logLevel } = require("kafkajs");

const [brokers, topic, username, password, count] = process.argv.slice(2);
const kafka = new Kafka({
  brokers: brokers.split(","),
  logLevel: logLevel.ERROR,
  sasl: { mechanism: "scram-sha-256", username, password },
});

async function main() {
  const consumer = kafka.consumer({ groupId: `${username}-kafkajs` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let seen = 0;
  await consumer.run({
    eachMessage: async ({ message }) => {
      const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, value.toString()]));
      console.log(JSON.stringify({ key: message.key.toString(), headers, event: JSON.parse(message.value) }));
      if (++seen === Number(count)) setImmediate(() => process.exit(0));
    },
  });
}

main().catch((problem) => { console.error(problem.message); process.exit(1); });
