// Redaction over real sockets: what reaches the upstream, what reaches the client, and what nobody may see.

import { gzipSync } from "node:zlib";
import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { answer, type Behaviour, frame, startUpstream, type Upstream } from "./upstream.ts";

const PROJECTS = ["mask", "other", "refuse", "report", "plain", "keep", "files"] as const;
type Project = (typeof PROJECTS)[number];
const keyOf = (project: Project) => `fl-dev-redaction-${project}-0123456789`;

const MAIL = "anna.berg@nordwind-handel.de";
const PHONE = "13912345678";
const TAGGED = /\[(?:EMAIL|PHONE|TICKET)_[a-z2-7]{10}\]/g;

let upstream: Upstream;
let gateway: Gateway;
const log: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream(answer);
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams:
  - { name: fake, provider: anthropic, base_url: "${upstream.url}", api_key: "\${K}", proxy: none }
retry: { attempts: 1 }
cache: { messages: temperature-0 }
join: { messages: all }
limits: { bodies_bytes: 4MB }
projects:
  - name: mask
    keys: [${keyOf("mask")}]
    redaction: { mode: mask, patterns: [{ name: ticket, regex: 'TICKET-\\d{4,8}' }] }
  - { name: other, keys: [${keyOf("other")}], redaction: { mode: mask } }
  - { name: refuse, keys: [${keyOf("refuse")}], redaction: { mode: refuse } }
  - { name: report, keys: [${keyOf("report")}], redaction: { mode: report } }
  - { name: plain, keys: [${keyOf("plain")}] }
  - { name: keep, keys: [${keyOf("keep")}], redaction: { mode: mask, restore: false, kinds: [email] } }
  - { name: files, keys: [${keyOf("files")}], redaction: { mode: mask, files: refuse } }
`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { K: "sk-upstream-secret-0123456789" });
  gateway = await startGateway(config, systemRuntime(), { log: (lines) => log.push(lines) });
});
afterEach(() => {
  upstream.clear();
  upstream.behave = answer;
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const said = (content: unknown, more: object = {}) =>
  JSON.stringify({ model: "claude-test", max_tokens: 64, ...more, messages: [{ role: "user", content }] });

const post = (
  project: Project,
  body: string | Uint8Array<ArrayBuffer>,
  path = "/v1/messages",
  headers: Record<string, string> = {},
) =>
  fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "x-api-key": keyOf(project), "content-type": "application/json", ...headers },
    body,
  });

/** The body of the only request that reached the upstream. */
function sent(): string {
  expect(upstream.received).toHaveLength(1);
  return String(upstream.received[0]?.body);
}

/** Answers with the text of the last message, as the Messages API would. */
const echo: Behaviour = (_req, res, body) => {
  const { messages, stream } = JSON.parse(body.toString());
  const { content } = messages[messages.length - 1];
  const text = typeof content === "string" ? content : content[0].text;
  if (stream !== true) {
    res.writeHead(200, { "content-type": "application/json" });
    res.end(
      JSON.stringify({
        id: "msg_1",
        type: "message",
        role: "assistant",
        content: [{ type: "text", text }],
        stop_reason: "end_turn",
        usage: { input_tokens: 3, output_tokens: 2 },
      }),
    );
    return;
  }
  res.writeHead(200, { "content-type": "text/event-stream" });
  res.write(
    frame("message_start", {
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        content: [],
        usage: { input_tokens: 3, output_tokens: 1 },
      },
    }),
  );
  res.write(frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }));
  for (const char of text)
    res.write(frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: char } }));
  res.write(frame("content_block_stop", { index: 0 }));
  res.write(frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }));
  res.end(frame("message_stop", {}));
};

/** What the tests read of answers. */
interface Json {
  readonly content: readonly [{ readonly text: string }];
  readonly error: { readonly message: string; readonly details: { readonly error_code: string } };
}
const jsonOf = (response: Response) => response.json() as Promise<Json>;

const streamed = (text: string) =>
  text
    .split("\n")
    .flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)).delta?.text ?? ""] : []))
    .join("");

describe("mask", () => {
  test("placeholders go out, values come back, the headers say so", async () => {
    upstream.behave = echo;
    const response = await post("mask", said(`write to ${MAIL} about TICKET-12345`));
    expect(sent()).not.toContain(MAIL);
    expect(sent().match(TAGGED)).toHaveLength(2);
    expect(response.headers.get("fairlead-rewritten")).toBe("redacted");
    expect(response.headers.get("fairlead-redacted")).toBe("email=1, pattern:ticket=1");
    const body = await response.text();
    expect(JSON.parse(body).content[0].text).toBe(`write to ${MAIL} about TICKET-12345`);
    expect(response.headers.get("content-length")).toBe(String(Buffer.byteLength(body)));
  });

  test("a stream that cuts placeholders into single letters", async () => {
    upstream.behave = echo;
    const response = await post("mask", said(`to ${MAIL}, 手机${PHONE}, [EMAIL_aaaaaaaaaa] [1`, { stream: true }));
    expect(response.headers.get("fairlead-rewritten")).toBe("redacted");
    expect(streamed(await response.text())).toBe(`to ${MAIL}, 手机${PHONE}, [EMAIL_aaaaaaaaaa] [1`);
    expect(sent()).not.toContain(PHONE);
  });

  test("bytes in which nothing is found stay as they are, odd spaces and escapes included", async () => {
    const body = `{ "messages" :[{"content":"h\\u00e9llo \\/ 1.2.3 550e8400-e29b-41d4-a716-446655440000","role":"user"} ],"model":"claude-test","max_tokens":1e1}\n`;
    const response = await post("mask", body);
    expect(sent()).toBe(body);
    expect(response.headers.get("fairlead-rewritten")).toBe("none");
    expect(response.headers.get("fairlead-redacted")).toBeNull();
  });

  test("only the spans found change, whatever stands around them", async () => {
    const body = `{ "model":"claude-test", "max_tokens" : 5,"messages":[{"role":"user","content":"\\u4f60 ${MAIL.replace("@", "\\u0040")} \\ud83d\\ude80"}]}`;
    await post("mask", body);
    expect(sent().replace(TAGGED, "#")).toBe(body.replace(MAIL.replace("@", "\\u0040"), "#"));
  });

  test("a value has one placeholder through all turns, and another one in another project", async () => {
    const first = said(`I am ${MAIL}`);
    await post("mask", first);
    const tag = sent().match(TAGGED)?.[0] as string;
    upstream.clear();
    const turns = [
      { role: "user", content: `I am ${MAIL}` },
      { role: "assistant", content: `Hello ${MAIL}` },
      { role: "user", content: "again" },
    ];
    await post("mask", JSON.stringify({ model: "claude-test", max_tokens: 64, messages: turns }));
    expect(sent().match(TAGGED)).toEqual([tag, tag]);
    upstream.clear();
    await post("other", first);
    expect(sent().match(TAGGED)?.[0]).not.toBe(tag);
  });

  test("a large body goes through a thread and comes out the same way", async () => {
    upstream.behave = echo;
    const text = `${"lorem ipsum dolor sit amet ".repeat(40_000)}${MAIL}`;
    const response = await post("mask", said(text));
    expect(sent()).not.toContain(MAIL);
    expect((await jsonOf(response)).content[0].text).toBe(text);
  });

  test("without restore the placeholder comes back", async () => {
    upstream.behave = echo;
    const response = await post("keep", said(`to ${MAIL} and ${PHONE}`));
    const { text } = (await jsonOf(response)).content[0];
    expect(text).toMatch(/^to \[EMAIL_[a-z2-7]{10}\] and 13912345678$/);
  });

  test("an upstream's error is passed on unchanged", async () => {
    const error = JSON.stringify({
      type: "error",
      error: { type: "invalid_request_error", message: "[EMAIL_aaaaaaaaaa] is odd" },
    });
    upstream.behave = (_req, res) => res.writeHead(400, { "content-type": "application/json" }).end(error);
    const response = await post("mask", said(MAIL));
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(error);
  });

  test.each([
    ["/v1/messages/count_tokens", said(MAIL)],
    ["/v1/chat/completions", said(MAIL)],
    [
      "/v1/complete",
      JSON.stringify({ model: "claude-test", max_tokens_to_sample: 5, prompt: `\n\nHuman: ${MAIL}\n\nAssistant:` }),
    ],
    [
      "/v1/messages/batches",
      JSON.stringify({
        requests: [
          { custom_id: "a@b.de", params: { model: "claude-test", max_tokens: 4, system: MAIL, messages: [] } },
        ],
      }),
    ],
  ])("%s is covered", async (path, body) => {
    await post("mask", body, path);
    expect(sent().replace(TAGGED, "#")).toBe(body.replace(MAIL, "#"));
  });

  test("what cannot be read is refused: compressed batches, no JSON, no UTF-8", async () => {
    const zipped = await post("mask", gzipSync("{}"), "/v1/messages/batches", { "content-encoding": "gzip" });
    expect(zipped.status).toBe(415);
    const broken = await post("mask", '{"requests":[', "/v1/messages/batches");
    expect(broken.status).toBe(400);
    const latin = await post("mask", new Uint8Array(Buffer.from(said("é"), "latin1")));
    expect(latin.status).toBe(400);
    expect((await jsonOf(latin)).error.details.error_code).toBe("fairlead_bad_json");
    const deep = await post(
      "mask",
      said("x", { metadata: 1 }).replace("1,", `${"[".repeat(2_000)}${"]".repeat(2_000)},`),
    );
    expect(deep.status).toBe(400);
    expect(upstream.received).toHaveLength(0);
  });

  test("files pass unread, or not at all", async () => {
    const form = { "content-type": "multipart/form-data; boundary=x" };
    const body = `--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${MAIL}\r\n--x--\r\n`;
    expect((await post("mask", body, "/v1/files", form)).status).toBe(200);
    expect(sent()).toBe(body);
    upstream.clear();
    const refused = await post("files", body, "/v1/files", form);
    expect([refused.status, (await jsonOf(refused)).error.details.error_code]).toEqual([
      400,
      "fairlead_redaction_files",
    ]);
    expect(upstream.received).toHaveLength(0);
  });
});

describe("shared answers", () => {
  test("a kept answer is restored for who asks, and never with another tenant's values", async () => {
    upstream.behave = echo;
    const ask = async (project: Project, mail: string) => {
      const response = await post(project, said(`to ${mail}`, { temperature: 0 }));
      return [response.headers.get("fairlead-cache"), (await jsonOf(response)).content[0].text];
    };
    const other = "carl.lund@nordwind-handel.de";
    expect(await ask("mask", other)).toEqual(["miss", `to ${other}`]);
    expect(await ask("mask", other)).toEqual(["hit", `to ${other}`]);
    expect(await ask("mask", "dora@nordwind-handel.de")).toEqual(["miss", "to dora@nordwind-handel.de"]);
    expect(await ask("other", other)).toEqual(["miss", `to ${other}`]);
    expect(upstream.received).toHaveLength(3);
    // What is kept holds placeholders only: a request that names one gets it back as it is.
    const tag = String(upstream.received[0]?.body).match(TAGGED)?.[0] as string;
    expect(await ask("other", tag)).toEqual(["miss", `to ${tag}`]);
  });

  test("requests under way that share an answer each get their values", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    upstream.behave = (req, res, body) => void gate.then(() => echo(req, res, body));
    const asked = [1, 2, 3].map(() => post("mask", said(`join ${MAIL}`, { stream: true })));
    setTimeout(release, 150);
    for (const one of await Promise.all(asked)) expect(streamed(await one.text())).toBe(`join ${MAIL}`);
    expect(upstream.received).toHaveLength(1);
  });
});

describe("what is held", () => {
  const big = (text: string) => said(`${text} ${"lorem ipsum dolor ".repeat(60_000)}`);

  test("bodies that are refused, masked or left by their clients are given back", async () => {
    for (let i = 0; i < 4; i++) expect((await post("refuse", big(MAIL))).status).toBe(400);
    for (let i = 0; i < 4; i++) expect((await post("mask", big(`${MAIL} ${i}`))).status).toBe(200);
    for (let i = 0; i < 4; i++) {
      const left = new AbortController();
      const asked = fetch(`${gateway.url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": keyOf("mask"), "content-type": "application/json" },
        body: big(`${MAIL} left ${i}`),
        signal: left.signal,
      });
      setTimeout(() => left.abort(), 10 + i * 10);
      await asked.then((one) => one.text()).catch(() => {});
    }
    // Those that were left are still in the threads for a while.
    let statuses: number[] = [];
    for (let i = 0; i < 40 && (statuses.length === 0 || statuses.some((one) => one !== 200)); i++) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      const all = await Promise.all([1, 2, 3].map((j) => post("mask", big(`${MAIL} at once ${i} ${j}`))));
      statuses = all.map(({ status }) => status);
    }
    expect(statuses).toEqual([200, 200, 200]);
    // Many megabytes go through: a busy machine takes its time.
  }, 120_000);
});

describe("refuse and report", () => {
  test("refuse names kinds and places, never a value, and nothing leaves", async () => {
    const response = await post("refuse", said([{ type: "text", text: `${MAIL} ${PHONE}` }], { system: MAIL }));
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(response.headers.get("fairlead-redacted")).toBe("email=2, phone=1");
    const { error } = JSON.parse(text);
    expect(error.details.error_code).toBe("fairlead_redaction_refused");
    expect(error.message).toContain("email=2, phone=1, at system, messages[0].content[0].text");
    expect(text).not.toContain(MAIL);
    expect(upstream.received).toHaveLength(0);
  });

  test("refuse lets pass what holds nothing", async () => {
    expect((await post("refuse", said("hello"))).status).toBe(200);
  });

  test("report counts, and changes nothing", async () => {
    const body = said(`${MAIL} ${PHONE}`);
    const response = await post("report", body);
    expect(sent()).toBe(body);
    expect(response.headers.get("fairlead-redacted")).toBe("email=1, phone=1");
    expect(response.headers.get("fairlead-rewritten")).toBe("none");
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/fairlead_redaction_findings_total\{project="report",kind="email",action="report"\} 1/);
  });

  test("a project without a policy is not read", async () => {
    const body = said(MAIL);
    const response = await post("plain", body);
    expect(sent()).toBe(body);
    expect(response.headers.get("fairlead-redacted")).toBeNull();
  });

  test("no value is in logs, metrics or states", async () => {
    const state = await (await fetch(`${gateway.adminUrl}/api/state`)).text();
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    for (const text of [log.join(""), state, metrics]) expect(text).not.toMatch(/nordwind|13912345678/);
  });
});
