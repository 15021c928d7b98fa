// Messages of alerts as real HTTP servers get them: each checks the signature the way its vendor describes, and answers as the vendor does.

import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type AlertOptions, readConfig, sendTestAlerts } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startGateway } from "../watched-gateway.ts";

const SECRET = "SEC0123456789abcdef0123456789abcdef";
const HOOK = "/hook/0123456789abcdef0123";

interface Seen {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: { [key: string]: never };
}

let server: Server;
let base: string;
const seen: Seen[] = [];
let reply: (one: Seen) => { status?: number; headers?: { [name: string]: string }; text: string };

beforeEach(async () => {
  seen.length = 0;
  server = createServer((req, res) => {
    let text = "";
    req.setEncoding("utf8");
    req.on("data", (chunk: string) => {
      text += chunk;
    });
    req.on("end", () => {
      const one: Seen = { url: new URL(req.url ?? "", base), headers: req.headers, text, body: JSON.parse(text) };
      seen.push(one);
      const { status = 200, headers = {}, text: said } = reply(one);
      res.writeHead(status, headers);
      res.end(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function configText(targets: string, rules: string, more = ""): string {
  return `listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams: [{ name: a, provider: anthropic, base_url: "http://127.0.0.1:1", api_key: "\${K}", proxy: none }]
projects: [{ name: web, keys: [fl-dev-0123456789abcdef] }]
alerts:
  targets: ${targets}
  rules: ${rules}
  ${more}
`;
}

const env = () => ({
  K: "sk-ant-0123456789abcdef",
  URL: `${base}${HOOK}`,
  SECRET,
  WHSEC: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
});

function alertsOf(kind: string, secret: string | undefined, more = ""): AlertOptions {
  const signed = secret === undefined ? "" : `, secret: "\${${secret}}"`;
  const target = `[{ name: ops, kind: ${kind}, url: "\${URL}"${signed}${more} }]`;
  const { alerts } = readConfig(configText(target, "[{ when: request_tokens }]"), "/x/f.yaml", env()).config;
  if (alerts === undefined) throw new Error("no alerts");
  return alerts;
}

const send = async (options: AlertOptions) => (await sendTestAlerts(options, undefined, "gw-1", systemRuntime()))[0];

describe("a target", () => {
  it("webhook: verified as Standard Webhooks verify it, over the raw body", async () => {
    // github.com/standard-webhooks/standard-webhooks, libraries/python: base64 of HMAC(base64decode(secret after whsec_), "id.timestamp.body").
    reply = ({ headers, text }) => {
      const key = Buffer.from(env().WHSEC.slice("whsec_".length), "base64");
      const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
      const fresh = Math.abs(Date.now() / 1_000 - Number(headers["webhook-timestamp"])) < 300;
      const right = headers["webhook-signature"] === `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
      return right && fresh ? { status: 204, text: "" } : { status: 401, text: "bad signature" };
    };
    expect(await send(alertsOf("webhook", "WHSEC"))).toMatchObject({ target: "ops", ok: true, status: 204 });
    expect(seen[0]?.body).toMatchObject({
      type: "fairlead.test",
      data: { instance: "gw-1", alerts: [{ rule: "test", severity: "info", state: "event", value: 12_345 }] },
    });
  });

  it("slack: header, sections and text within Block Kit's bounds; anything but ok is told", async () => {
    reply = ({ body }) => {
      const blocks = body.blocks as unknown as Array<{ type: string; text?: { type: string; text: string } }>;
      const fine =
        typeof body.text === "string" &&
        blocks[0]?.type === "header" &&
        blocks[0].text?.type === "plain_text" &&
        (blocks[0].text.text.length ?? 999) <= 150 &&
        blocks
          .slice(1, -1)
          .every(({ type, text }) => type === "section" && text?.type === "mrkdwn" && text.text.length <= 3_000);
      return fine ? { text: "ok" } : { status: 400, text: "invalid_blocks" };
    };
    expect(await send(alertsOf("slack", undefined))).toMatchObject({ ok: true, said: "ok" });
    reply = () => ({ status: 404, text: "no_service" });
    expect(await send(alertsOf("slack", undefined))).toMatchObject({
      ok: false,
      status: 404,
      said: "status 404: no_service",
    });
  });

  it("feishu: time stamp and secret are the key, nothing is signed", async () => {
    // open.feishu.cn, "Custom bot usage guide": hmac.new(f"{timestamp}\n{secret}", "", sha256), base64; good for an hour.
    reply = ({ body }) => {
      const { timestamp, sign, msg_type, card } = body as never as {
        timestamp: string;
        sign: string;
        msg_type: string;
        card: { header: { title: { content: string } } };
      };
      const right = sign === createHmac("sha256", `${timestamp}\n${SECRET}`).update("").digest("base64");
      const fresh = /^\d{10}$/.test(timestamp) && Math.abs(Date.now() / 1_000 - Number(timestamp)) < 3_600;
      if (!right || !fresh)
        return { text: '{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}' };
      if (msg_type !== "interactive" || card.header.title.content === "")
        return { text: '{"code":9499,"msg":"Bad Request"}' };
      return { text: '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}' };
    };
    expect(await send(alertsOf("feishu", "SECRET", ", language: zh"))).toMatchObject({ ok: true });
    expect(seen[0]?.text).toContain("测试消息");
    expect(await send(alertsOf("feishu", "WHSEC"))).toMatchObject({
      ok: false,
      said: expect.stringContaining("code 19021"),
    });
  });

  it("dingtalk: signature and milliseconds in the address, percent-encoded", async () => {
    // open.dingtalk.com: sign = urlEncode(base64(HmacSHA256(secret, timestamp + "\n" + secret))).
    reply = ({ url, body }) => {
      const timestamp = url.searchParams.get("timestamp") ?? "";
      const right =
        url.searchParams.get("sign") ===
        createHmac("sha256", SECRET).update(`${timestamp}\n${SECRET}`).digest("base64");
      if (!right || !/^\d{13}$/.test(timestamp)) return { text: '{"errcode":310000,"errmsg":"sign not match"}' };
      const { msgtype, markdown } = body as never as { msgtype: string; markdown: { title: string; text: string } };
      if (msgtype !== "markdown" || markdown.title === "" || markdown.text === "")
        return { text: '{"errcode":40035,"errmsg":"bad"}' };
      return { text: '{"errcode":0,"errmsg":"ok"}' };
    };
    for (let i = 0; i < 3; i++) expect(await send(alertsOf("dingtalk", "SECRET"))).toMatchObject({ ok: true });
    expect(seen[0]?.url.pathname).toBe(HOOK);
    expect(await send(alertsOf("dingtalk", "WHSEC"))).toMatchObject({
      ok: false,
      said: "errcode 310000: sign not match",
    });
  });

  it("wecom: markdown of at most 4,096 bytes", async () => {
    reply = ({ body }) => {
      const { msgtype, markdown } = body as never as { msgtype: string; markdown: { content: string } };
      const fine = msgtype === "markdown" && Buffer.byteLength(markdown.content) <= 4_096;
      return { text: fine ? '{"errcode":0,"errmsg":"ok"}' : '{"errcode":40058,"errmsg":"exceed max length"}' };
    };
    expect(await send(alertsOf("wecom", undefined, ", language: zh"))).toMatchObject({ ok: true });
    reply = () => ({ text: '{"errcode":93000,"errmsg":"invalid webhook url"}' });
    expect(await send(alertsOf("wecom", undefined))).toMatchObject({
      ok: false,
      said: "errcode 93000: invalid webhook url",
    });
  });

  it("that does not listen, answers with a page, or repeats its address is told of without the secret", async () => {
    reply = ({ url, text }) => ({ status: 403, text: `<html>${url.href} ${text} ${SECRET}` });
    const told = await send(alertsOf("dingtalk", "SECRET"));
    expect(told?.ok).toBe(false);
    expect(told?.said).not.toContain(SECRET);
    expect(told?.said).not.toContain("0123456789abcdef0123");
    const options = alertsOf("webhook", "SECRET");
    const dead = { ...options, targets: options.targets.map((one) => ({ ...one, url: "http://127.0.0.1:1/x" })) };
    expect(await send(dead)).toMatchObject({ ok: false, status: 0, said: "the connection was refused" });
  });

  it("does not follow a redirect", async () => {
    reply = () => ({ status: 302, headers: { location: `${base}/elsewhere` }, text: "" });
    expect(await send(alertsOf("webhook", "SECRET"))).toMatchObject({ ok: false, status: 302 });
    expect(seen).toHaveLength(1);
  });
});

it("a gateway tells of an upstream that fails, and its log and metrics say how the message went", async () => {
  reply = () => ({ text: "ok" });
  const text = configText(
    `[{ name: ops, kind: slack, url: "\${URL}" }, { name: dead, kind: webhook, url: "\${DEAD}" }]`,
    "[{ when: success_rate, by: upstream, min_samples: 2, for: 0 }]",
    "group: 0\n  check: 1s",
  );
  const { config } = readConfig(text, "/x/f.yaml", { ...env(), DEAD: "http://127.0.0.1:1/0123456789abcdef" });
  let log = "";
  const gateway = await startGateway(config, systemRuntime(), { log: (lines) => (log += lines) });
  try {
    for (let i = 0; i < 3; i++) {
      const answer = await fetch(`${gateway.url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": "fl-dev-0123456789abcdef", "content-type": "application/json" },
        body: '{"model":"claude-haiku-4-5","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}',
      });
      await answer.text();
    }
    for (let i = 0; i < 50 && seen.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen[0]?.text).toContain("success rate (upstream a) is 0 %");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    expect(metrics).toContain('fairlead_alerts_total{rule="success_rate",what="fired"} 1');
    expect(metrics).toContain('fairlead_alert_deliveries_total{target="ops",result="sent"} 1');
    expect(metrics).toContain('fairlead_alert_deliveries_total{target="dead",result="retried"}');
    expect(metrics).toContain('fairlead_alerts_firing{rule="success_rate",severity="critical"} 1');
  } finally {
    await gateway.close();
  }
  expect(log).toContain('"event":"alert","rule":"success_rate","severity":"critical","what":"fired"');
  expect(log).not.toContain("0123456789abcdef0123");
});
