// Sessions: of one exact shape, ended by time, by hand, and never by anybody's empty object.

import { virtualRuntime } from "@fairlead/runtime";
import { type Json, memoryStores, type Records, StoreError } from "@fairlead/stores";
import { expect, it } from "vitest";
import { digestOf } from "../../identity/secret-text.ts";
import { languageFor } from "../pages/words.ts";
import { personOf } from "./roles.ts";
import { Sessions } from "./sessions.ts";

const RULES = digestOf("rules");
const ADA = { actor: "user:ada@example.org", kind: "person", project: undefined, scopes: ["admin:read"] } as const;

function scene() {
  const rt = virtualRuntime("sessions");
  const { records } = memoryStores(rt.clock);
  let down = false;
  const flaky: Records = {
    ...records,
    get: (...args) => (down ? Promise.reject(new StoreError("unavailable", "away")) : records.get(...args)),
  };
  const under = (rules: string | undefined) => new Sessions(rt, flaky, 3_600_000, rules);
  return { rt, records, under, sessions: under(RULES), away: (is: boolean) => (down = is) };
}

it("lives for its time, and the store knows its digest only", async () => {
  const { rt, records, sessions } = scene();
  const id = await sessions.begin(ADA);
  expect(JSON.stringify(await records.list("session"))).not.toContain(id);
  expect(await sessions.find(id)).toMatchObject(ADA);
  expect(await sessions.find(digestOf(id))).toBeUndefined();
  await rt.clock.advance(3_600_000);
  expect(await sessions.find(id)).toBeUndefined();
});

it("of a person ends with the rules that gave it, and one of a key does not", async () => {
  const { sessions, under } = scene();
  const ada = await sessions.begin(ADA);
  const key = await sessions.begin({ ...ADA, actor: "key:k_1", kind: "key" }, digestOf("fl-key"));
  for (const rules of [digestOf("other rules"), undefined]) {
    expect(await under(rules).find(ada)).toBeUndefined();
    expect(await under(rules).find(key)).toMatchObject({ actor: "key:k_1" });
  }
  expect(await under(RULES).find(ada)).toMatchObject(ADA);
});

it.each<[string, Json]>([
  ["an empty object", {}],
  ["null", null],
  ["a list", []],
  [
    "one without scopes",
    { actor: "user:x", kind: "person", csrf: "c".repeat(43), granted_by: RULES, expires_at: 9e12 },
  ],
  [
    "one with no scope",
    { actor: "user:x", kind: "person", scopes: [], csrf: "c".repeat(43), granted_by: RULES, expires_at: 9e12 },
  ],
  [
    "one with a scope that there is not",
    { actor: "user:x", kind: "person", scopes: ["all"], csrf: "c".repeat(43), granted_by: RULES, expires_at: 9e12 },
  ],
  [
    "one with more in it",
    {
      actor: "user:x",
      kind: "person",
      scopes: ["admin:read"],
      csrf: "c".repeat(43),
      granted_by: RULES,
      expires_at: 9e12,
      admin: true,
    },
  ],
  [
    "one without an end",
    { actor: "user:x", kind: "person", scopes: ["admin:read"], csrf: "c".repeat(43), granted_by: RULES },
  ],
])("%s in the store is nobody", async (_, value) => {
  const { records, sessions } = scene();
  const id = "a".repeat(43);
  await records.write([{ kind: "session", id: digestOf(id), value, expect: 0 }]);
  expect(await sessions.find(id)).toBeUndefined();
});

it("an id of another form is not even looked for", async () => {
  const { sessions, away } = scene();
  away(true);
  for (const id of ["", "x", "../../x", "a".repeat(44), `${"a".repeat(42)}=`])
    expect(await sessions.find(id)).toBeUndefined();
});

it("outlives an outage of the store for a quarter of an hour", async () => {
  const { rt, sessions, away } = scene();
  const id = await sessions.begin(ADA);
  await sessions.find(id);
  away(true);
  await rt.clock.advance(800_000);
  expect(await sessions.find(id)).toMatchObject(ADA);
  await rt.clock.advance(200_000);
  await expect(sessions.find(id)).rejects.toMatchObject({ code: "unavailable" });
});

it("the first rule that fits counts; a claim of the prototype, and an address that nobody verified, are none", () => {
  const roles = [
    { grant: "admin", claim: "groups", value: "platform" },
    { grant: "member", project: "web", claim: "team", value: "web" },
    { grant: "reader", email_domain: "example.com" },
  ] as const;
  const who = (claims: object) =>
    personOf({ sub: "u1", ...claims }, { issuer: "https://idp.example", client_id: "x", roles });
  expect(who({ groups: ["x", "platform"], team: "web" })).toMatchObject({ actor: "user:u1", project: undefined });
  expect(who({ team: "web" })).toMatchObject({ project: "web" });
  expect(who({ email: "a@Example.com", email_verified: true })).toMatchObject({
    actor: "user:a@Example.com",
    scopes: ["admin:read"],
  });
  for (const claims of [
    {},
    { groups: "platforms" },
    { groups: { 0: "platform" } },
    { email: "a@example.com" },
    { email: "a@example.com", email_verified: "true" },
    { email: "a@evil-example.com", email_verified: true },
    { email: "a@example.com.evil.org", email_verified: true },
    { email: "x@evil.org a@example.com", email_verified: true },
  ])
    expect(who(claims)).toBeUndefined();
});

it.each([
  [undefined, "en"],
  ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
  ["en-GB,en;q=0.9,zh;q=0.8", "en"],
  ["fr,zh;q=0.3,en;q=0.2", "zh"],
  ["zh;q=0, en;q=0.1", "en"],
  ["de", "en"],
  [";;;,,q=x", "en"],
])("Accept-Language %s: %s", (accept, language) => expect(languageFor(accept)).toBe(language));
