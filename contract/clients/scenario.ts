// A partner's first afternoon, by types generated from the contract: `node scenario.ts URL ADMINISTRATOR_KEY`.
// Prints what was found as JSON; the same as scenario.py.
import createClient from "openapi-fetch";
import type { components, paths } from "./seratus.d.ts";

type Region = components["schemas"]["RegionRead"];
type Candidacy = components["schemas"]["CandidacyRead"];

declare const process: { argv: string[] };
const COHORT = "by-typescript";
const [url, administratorKey] = process.argv.slice(2) as [string, string];

function clientOf(key: string) {
  return createClient<paths>({
    baseUrl: url,
    headers: { Authorization: `Bearer ${key}` },
    querySerializer: { array: { style: "form", explode: false } }, // several values in one: kind_in=a,b
  });
}

function there<T>(value: T | undefined, problem?: unknown): T {
  if (value === undefined) throw new Error(JSON.stringify(problem));
  return value;
}

const issued = await clientOf(administratorKey).POST("/v1/api-keys", {
  body: { name: "a partner", role: "officer", expires_at: new Date(Date.now() + 86_400_000).toISOString() },
});
const officer = clientOf(there(issued.data, issued.error).secret);

// Two pages of a filtered list.
const regions: Region[] = [];
let cursor: string | undefined;
for (let page = 1; page <= 2; page++) {
  const query = { kind_in: ["city" as const], province: "32", limit: 4, cursor };
  const { data, error } = await officer.GET("/v1/regions", { params: { query } });
  regions.push(...there(data, error).items);
  cursor = there(data).next_cursor ?? undefined;
}

// A record, and whether it is still the same.
const bandung = { path: { code: "32.73" } };
const region = await officer.GET("/v1/regions/{code}", { params: bandung });
const etag = region.response.headers.get("ETag") ?? "";
const again = await officer.GET("/v1/regions/{code}", { params: { ...bandung, header: { "If-None-Match": etag } } });

// A write that happens once, however often it is sent.
async function create() {
  return officer.POST("/v1/cohorts", {
    params: { header: { "Idempotency-Key": COHORT } },
    body: { code: COHORT, year: 2027, phase: 4, title: "Simulasi", quota: 2, candidate_quota: 4, simulation: true },
  });
}
const [first, second] = [await create(), await create()];

// Somebody else's change is not overwritten.
const cohort = { path: { code: COHORT } };
const stale = await officer.PATCH("/v1/cohorts/{code}", {
  params: { ...cohort, header: { "If-Match": '"0"' } },
  body: { title: "Stale" },
});
const problem: components["schemas"]["Problem"] = there(stale.error);

const opened = await officer.POST("/v1/cohorts/{code}/transitions", {
  params: { ...cohort, header: { "If-Match": first.response.headers.get("ETag") ?? "" } },
  body: { to: "open", reason: "An example" },
});
for (const region_code of ["32.73", "32.76", "33.74"]) {
  const body = { region_code, reason: "An example" };
  const nominated = await officer.POST("/v1/cohorts/{code}/candidacies", { params: cohort, body });
  there(nominated.data, nominated.error);
}

const candidacies: Candidacy[] = [];
let next: string | undefined;
do {
  const params = { ...cohort, query: { limit: 2, cursor: next } };
  const page = await officer.GET("/v1/cohorts/{code}/candidacies", { params });
  candidacies.push(...there(page.data, page.error).items);
  next = there(page.data).next_cursor ?? undefined;
} while (next);

const rows = await officer.GET("/v1/exports/candidacies", { params: { query: { cohort: COHORT } }, parseAs: "text" });
const exported = there(rows.data, rows.error).trim().split("\n").map((row) => JSON.parse(row) as Candidacy);

const read = there(region.data, region.error);
console.log(
  JSON.stringify({
    regions: regions.map((one) => one.name),
    region: [read.name, read.kind, etag, again.response.status],
    created: [
      first.response.status,
      second.response.headers.get("Idempotency-Replayed"),
      JSON.stringify(there(first.data, first.error)) === JSON.stringify(second.data),
    ],
    problem: [problem.status, problem.code, problem.type],
    opened: there(opened.data, opened.error).state,
    candidacies: candidacies.map((one) => one.region_code).sort(),
    exported: exported.map((one) => one.region_code).sort(),
  }),
);
