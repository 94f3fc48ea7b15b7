// What an integrator writes over the types that openapi-typescript made of intake's document (`intake.d.ts`).
import createClient from "openapi-fetch";
import type { components, paths } from "./intake.js";

declare const process: { argv: string[] };

const [base, council, token, count] = process.argv.slice(2) as [string, string, string, string];
const client = createClient<paths>({ baseUrl: `${base}/intake`, headers: { Authorization: `Bearer ${token}` } });

function form(name: string): components["schemas"]["StartForm"] {
  return {
    kind: "PLACEMENT_MOVE",
    person: { person: `p-${name}`, name, born_on: "2014-05-02" },
    team: "localities-north",
    team_manager: "officer-tm",
    service: "localities",
    service_manager: "officer-sm",
    family: [{ party: `p-${name}`, relationship: "child", name, has_parental_responsibility: false }],
  };
}

const begun: { id: string; version: number }[] = [];
for (let number = 0; number < Number(count); number++) {
  const { data, error } = await client.POST("/councils/{council}/applications", {
    params: { path: { council }, header: { "idempotency-key": crypto.randomUUID() } },
    body: form(`Robin-${number}`),
  });
  if (!data) throw new Error(JSON.stringify(error));
  begun.push(data);
}
const first = begun[0]!;
const refused = await client.POST("/councils/{council}/applications/{application}/submission", {
  params: {
    path: { council, application: first.id },
    header: { "idempotency-key": crypto.randomUUID(), "if-match": `"${first.version}"` },
  },
  body: { sitting_on: "2026-10-13" },
});
const read = await client.GET("/councils/{council}/applications/{application}", {
  params: { path: { council, application: first.id }, header: { "panelbook-purpose": "case_work" } },
});
const listed: string[] = [];
let pages = 0;
let cursor: string | null = null;
do {
  const query: { limit: number; cursor?: string } = cursor === null ? { limit: 2 } : { limit: 2, cursor };
  const page = await client.GET("/councils/{council}/applications", { params: { path: { council }, query } });
  if (!page.data) throw new Error(JSON.stringify(page.error));
  listed.push(...page.data.applications.map((one) => one.application));
  cursor = page.data.next;
  pages++;
} while (cursor !== null);

console.log(
  JSON.stringify({
    begun: begun.map((one) => one.id),
    refused: {
      code: refused.error?.code,
      type: refused.error?.type,
      failing: (refused.error?.failing ?? []).map((one) => one.code),
    },
    read: { id: read.data?.application, stage: read.data?.stage, name: read.data?.person_name },
    listed,
    pages,
  }),
);
