// A reload: all of it or nothing, without a request that fails, and without forgetting what was learned.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { ADMIN_KEY, type Followed, startFollowed, startUpstream, type Upstream, upstreamYaml } from "./fleet-world.ts";

const open: Array<{ close(): Promise<void> }> = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
async function upstream(name: string): Promise<Upstream> {
  const one = await startUpstream(name);
  open.push(one);
  return one;
}
async function followed(yaml: string): Promise<Followed> {
  const one = await startFollowed(yaml);
  open.push(one);
  return one;
}

/** Asks all the time until told to stop; gives what was not a 200, and how many there were. */
function asking(one: Followed) {
  let on = true;
  let count = 0;
  const bad: string[] = [];
  const all = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (on) {
        const { status, text } = await one.ask().catch((e: Error) => ({ status: 0, text: String(e) }));
        count += 1;
        if (status !== 200) bad.push(`${status} ${text}`);
        await sleep(2);
      }
    }),
  );
  return async () => {
    on = false;
    await all;
    return { count, bad };
  };
}

/** What `/metrics` says of a series; undefined when it is not there. */
async function metricOf(one: Followed, series: string): Promise<string | undefined> {
  const text = await (await fetch(`${one.gateway.adminUrl}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return line?.slice(series.length + 1);
}

describe("reload of the file", () => {
  it("moves to another upstream under load, without a failed request, and lets the old connections go", async () => {
    const [a, b] = [await upstream("a"), await upstream("b")];
    a.delayMs = 20;
    const one = await followed(`upstreams:\n${upstreamYaml("main", a.url)}`);
    const stop = asking(one);
    await sleep(200);
    one.write(`upstreams:\n${upstreamYaml("main", b.url)}`);
    await one.told("config-applied");
    await sleep(300);
    const { count, bad } = await stop();
    expect(bad).toEqual([]);
    expect(count).toBeGreaterThan(50);
    expect((await one.ask()).text).toBe("b");
    await sleep(500);
    expect(a.connections()).toBe(0);
  });

  it("changes nothing for a bad file, says so once, and goes on when it is put right", async () => {
    const [a, b] = [await upstream("a"), await upstream("b")];
    const one = await followed(`upstreams:\n${upstreamYaml("main", a.url)}`);
    one.write(`upstreams:\n${upstreamYaml("main", b.url)}retry: { attempt: 3 }\n`);
    const why = await one.told("config-refused");
    expect(why).toContain("retry.attempt: is not a known key; did you mean attempts?");
    expect(why).toContain("nothing was applied");
    expect((await one.ask()).text).toBe("a");
    const state = one.gateway.fleet?.state();
    expect(state?.refused?.why).toBe(why);
    await sleep(1_100);
    expect(one.gateway.fleet?.state().staleSeconds).toBeGreaterThan(0);
    expect(Number(await metricOf(one, "fairlead_config_stale_seconds"))).toBeGreaterThan(1);
    expect(await metricOf(one, 'fairlead_config_revision_info{revision="1"}')).toBe("1");
    await expect(one.gateway.fleet?.reload("SIGHUP")).rejects.toMatchObject({ code: "invalid" });
    expect(one.log.filter(({ event }) => event === "config-refused")).toHaveLength(1);
    one.write(`upstreams:\n${upstreamYaml("main", b.url)}retry: { attempts: 3 }\n`);
    await one.told("config-applied");
    expect((await one.ask()).text).toBe("b");
    await expect.poll(() => one.gateway.fleet?.state()).toMatchObject({ refused: null, staleSeconds: 0 });
    expect(await metricOf(one, "fairlead_config_stale_seconds")).toBe("0");
    expect(await metricOf(one, 'fairlead_config_revision_info{revision="2"}')).toBe("1");
  });

  it("refuses with these words what only a restart can change", async () => {
    const a = await upstream("a");
    const one = await followed(`upstreams:\n${upstreamYaml("main", a.url)}`);
    one.write(`upstreams:\n${upstreamYaml("main", a.url)}data_dir: ./elsewhere\n`);
    const why = await one.told("config-refused");
    expect(why).toContain("data_dir (");
    expect(why).toContain("cannot change without a restart");
  });

  it("rotates a key in a file without a failed request, the file of the configuration untouched", async () => {
    const a = await upstream("a");
    const folder = await followed(`upstreams:\n${upstreamYaml("main", a.url)}`);
    writeFileSync(join(folder.folder, "up.key"), "sk-ant-old-0123456789\n");
    folder.write(`upstreams:\n${upstreamYaml("main", a.url, "file:./up.key")}`);
    await folder.told("config-applied");
    const stop = asking(folder);
    await sleep(150);
    writeFileSync(join(folder.folder, "up.key"), "sk-ant-new-0123456789\n");
    for (let i = 0; i < 500 && a.keys.at(-1) !== "sk-ant-new-0123456789"; i++) await sleep(10);
    expect((await stop()).bad).toEqual([]);
    await folder.ask();
    expect(a.keys.at(-1)).toBe("sk-ant-new-0123456789");
    expect(new Set(a.keys).size).toBe(2);
    // An empty file is refused, and the key that works is used on.
    writeFileSync(join(folder.folder, "up.key"), "\n");
    expect(await folder.told("config-refused")).toContain("holds no key");
    expect((await folder.ask()).status).toBe(200);
  });

  it("keeps a circuit open and connections warm for an upstream that stays as it was", async () => {
    const [bad, good] = [await upstream("bad"), await upstream("good")];
    bad.status = 500;
    const yaml = (more: string) =>
      `upstreams:\n${upstreamYaml("one", bad.url)}${upstreamYaml("two", good.url)}balance: { affinity: false }\n${more}`;
    const one = await followed(yaml(""));
    for (let i = 0; i < 60; i++) await one.ask();
    const state = async () =>
      (
        (await (
          await fetch(`${one.gateway.adminUrl}/api/state`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
        ).json()) as {
          upstreams: Array<{ name: string; state: string; pool: { made: number } }>;
        }
      ).upstreams;
    expect((await state()).map((up) => up.state === "closed")).toEqual([false, true]);
    const before = await state();
    const asked = bad.keys.length;
    one.write(yaml("retry: { attempts: 4 }\n"));
    await one.told("config-applied");
    expect((await state()).map((up) => up.state === "closed")).toEqual([false, true]);
    for (let i = 0; i < 20; i++) expect((await one.ask()).text).toBe("good");
    expect(bad.keys.length - asked).toBeLessThanOrEqual(4);
    expect((await state())[1]?.pool.made).toBe(before[1]?.pool.made);
    // Another address is another upstream, of which nothing is known.
    const better = await upstream("better");
    one.write(yaml("").replace(bad.url, better.url));
    await one.told("config-applied", 2);
    expect((await state())[0]?.state).toBe("closed");
    expect((await one.ask()).text).toBe("better");
  });

  it("lets a request under way finish where it began, its repeats too", async () => {
    const [slow, other] = [await upstream("slow"), await upstream("other")];
    slow.delayMs = 600;
    const one = await followed(`upstreams:\n${upstreamYaml("main", slow.url)}`);
    const asked = one.ask();
    await sleep(100);
    one.write(`upstreams:\n${upstreamYaml("main", other.url)}`);
    await one.told("config-applied");
    expect((await one.ask()).text).toBe("other");
    expect(await asked).toEqual({ status: 200, text: "slow" });
  });
});

it("of two admins who name the same revision one is told that the other was quicker", async () => {
  const one = await followed(`upstreams:\n${upstreamYaml("main", (await upstream("a")).url)}`);
  await one.gateway.fleet?.reload("x");
  const text = readFileSync(one.file, "utf8");
  const statuses = await Promise.all(
    [3, 4].map(async (attempts) => {
      const answer = await fetch(`${one.gateway.adminUrl}/api/config/apply`, {
        method: "POST",
        headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
        body: JSON.stringify({ yaml: `${text}retry: { attempts: ${attempts} }\n`, expect: "1" }),
      });
      await answer.body?.cancel();
      return answer.status;
    }),
  );
  expect(statuses.sort()).toEqual([200, 409]);
});

it("the configuration in force is shown with who made it, when and why, as the list of revisions has it", async () => {
  const one = await followed(`upstreams:\n${upstreamYaml("main", (await upstream("a")).url)}`);
  await one.gateway.fleet?.reload("x");
  const admin = async (path: string, body?: object) => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" };
    const more = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    return (await fetch(`${one.gateway.adminUrl}${path}`, { headers, ...more })).json() as Promise<{
      revision?: unknown;
    }>;
  };
  const listed = async () => {
    const { revisions } = (await admin("/api/config/revisions")) as { revisions: Array<{ state: string; at: string }> };
    return revisions.find(({ state }) => state === "active");
  };
  expect((await admin("/api/config")).revision).toEqual(await listed());
  expect(Date.now() - Date.parse((await listed())?.at ?? "")).toBeLessThan(60_000);
  const yaml = `${readFileSync(one.file, "utf8")}retry: { attempts: 3 }\n`;
  await admin("/api/config/apply", { yaml, reason: "more tries" });
  expect((await admin("/api/config")).revision).toEqual(await listed());
  expect(await listed()).toMatchObject({ id: "2", reason: "more tries" });
});

it("revisions are compared by what they say, also where keys in them are masked", async () => {
  const projects =
    "  - { name: two, keys: [fl-dev-abcdef0123456789abcd] }\n  - { name: three, keys: [fl-dev-bcdef0123456789abcde] }\n";
  const one = await followed(`upstreams:\n${upstreamYaml("main", (await upstream("a")).url)}`);
  const text = readFileSync(one.file, "utf8").replace(/projects: \[(.*)\]\n/, `projects:\n  - $1\n${projects}`);
  for (const yaml of [text, `${text}retry: { attempts: 5 }\n`])
    await one.gateway.fleet?.apply({ text: yaml, by: "ada" });
  const diff = async (path: string) => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const answer = await fetch(`${one.gateway.adminUrl}/api/config/revisions/${path}`, { headers });
    return { status: answer.status, ...((await answer.json()) as object) };
  };
  const { revision = 0 } = one.gateway.fleet?.state() ?? {};
  const last = Number(revision);
  expect(await diff(`${last}/diff`)).toEqual({ status: 200, changes: [] });
  const changes = [{ path: "retry.attempts", before: expect.anything(), after: 5 }];
  expect(await diff(`${last}/diff?against=${last - 1}`)).toEqual({ status: 200, changes });
  expect(await diff(`${last - 1}/diff`)).toMatchObject({
    status: 200,
    changes: [{ path: "retry.attempts", before: 5 }],
  });
  expect(await diff(`${last}/diff?against=99`)).toMatchObject({ status: 404 });
});
