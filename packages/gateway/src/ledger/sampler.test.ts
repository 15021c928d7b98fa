// Samples: none unless a project asks, redacted when it does, gone after their time.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StoredRecord, StoreError } from "@fairlead/stores";
import { afterEach, beforeEach, expect, test } from "vitest";
import { request, scene } from "../../testing/ledger-stand.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sampler-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PROMPT = "the plan for Zanzibar";
const SECRET = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
const BODY = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: `${PROMPT} ${SECRET}` }] }));
const web = (sampling?: { rate: number; expire: number }) => [{ name: "web", keys: [], sampling }] as never;

async function talk(stand: ReturnType<typeof scene>): Promise<void> {
  const { wire } = await stand.attempt(request({ body: BODY }));
  wire.begin();
  // A secret that comes in pieces is one all the same.
  for (const piece of ["the answer is ", SECRET.slice(0, 15), SECRET.slice(15), " of Mombasa"]) wire.text(piece);
  wire.stop();
  await stand.service.flush();
}

async function samples(stand: ReturnType<typeof scene>, wanted = 0): Promise<readonly StoredRecord[]> {
  // Redaction and the store take a while.
  const { service } = stand;
  const done = () => service.figures().samples + service.figures().samplesLost;
  for (let i = 0; i < 2_000 && (i < 20 || done() < wanted); i++) await new Promise((resolve) => setTimeout(resolve, 1));
  return stand.stores.records.list("sample");
}

test("without sampling nothing of a prompt or an answer is written anywhere", async () => {
  const stand = scene(folder, { projects: web() });
  await talk(stand);
  expect(await samples(stand)).toEqual([]);
  const texts = [JSON.stringify(await stand.rows()), ...stand.facts, ...filesOf(folder)];
  for (const text of texts) expect(text).not.toMatch(/Zanzibar|Mombasa|ghp_/);
  await stand.service.close();
});

test("with it both are kept, redacted, until their time is over; the ledger and the spool still hold none of it", async () => {
  const stand = scene(folder, { projects: web({ rate: 1, expire: 3_600_000 }) });
  await talk(stand);
  const [sample, ...others] = await samples(stand, 1);
  expect(others).toEqual([]);
  const [row] = await stand.rows();
  expect(sample).toMatchObject({
    id: row?.attemptId,
    value: { project: "web", key: "k_1", model: "claude-opus-5-5", ended: "whole" },
  });
  const text = JSON.stringify(sample?.value);
  expect(text).toContain("Zanzibar");
  expect(text).toContain("the answer is [");
  expect(text).toContain("Mombasa");
  expect(text).not.toContain("ghp_");
  for (const one of [JSON.stringify(row), ...stand.facts, ...filesOf(folder)])
    expect(one).not.toMatch(/Zanzibar|Mombasa|ghp_/);
  await stand.rt.clock.advance(3_600_000);
  expect(await samples(stand)).toEqual([]);
  await stand.service.close();
});

test("so many are kept as the rate says, of the project that asked alone", async () => {
  const stand = scene(folder, { projects: web({ rate: 0.3, expire: 3_600_000 }) });
  for (let i = 0; i < 200; i++) {
    await talk(stand);
    while (stand.service.figures().samplesBusy > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const kept = (await samples(stand)).length;
  expect(kept).toBeGreaterThan(40);
  expect(kept).toBeLessThan(80);
  const { wire } = await stand.attempt(request({ body: BODY, principal: { project: "other", keyId: "k" } }));
  wire.begin();
  wire.stop();
  expect((await samples(stand)).length).toBe(kept);
  await stand.service.close();
});

test("a stored project has what it asks for; one of the file has what the file says, also when that is nothing", async () => {
  const asked: { [project: string]: unknown } = {
    shop: { rate: 1, expire: "2h" },
    web: { rate: 1 },
    odd: { rate: "all" },
  };
  const stand = scene(folder, { projects: web(), storedSampling: (project) => asked[project] });
  const of = async (project: string) => {
    const { wire } = await stand.attempt(request({ body: BODY, principal: { project, keyId: "k" } }));
    wire.begin();
    return wire;
  };
  for (const project of ["web", "shop", "odd", "none"]) (await of(project)).stop();
  const [sample, ...others] = await samples(stand, 1);
  expect(others).toEqual([]);
  expect(sample).toMatchObject({ value: { project: "shop" }, expiresAt: expect.any(Number) });
  expect((sample?.expiresAt ?? 0) - stand.rt.clock.wall()).toBeGreaterThan(7_100_000);

  // Taken away while an answer runs: that one is not kept either.
  const wire = await of("shop");
  delete asked.shop;
  wire.stop();
  await samples(stand, 2);
  expect(stand.service.figures()).toMatchObject({ samples: 1, samplesLost: 0 });
  await stand.service.close();
});

test("a store that is away costs the sample, and the request nothing", async () => {
  const stand = scene(folder, { projects: web({ rate: 1, expire: 3_600_000 }) });
  stand.stores.records.write = () => Promise.reject(new StoreError("unavailable", "away"));
  await talk(stand);
  await samples(stand, 1);
  expect(stand.service.figures()).toMatchObject({ samples: 0, samplesLost: 1, shipped: 1 });
  await stand.service.close();
});

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true })
    .map((name) => join(root, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"));
}
