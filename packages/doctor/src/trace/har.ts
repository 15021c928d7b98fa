// The HTTP exchanges as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which browsers and proxies can open.

import { formatRfc3339 } from "@fairlead/protocol";
import { VERSION } from "../version.ts";
import type { WireEvent } from "../wire/wire.ts";

/** Headers as they were recorded: one `name: value` a line, secrets masked where they were sent. */
function headersOf(event: WireEvent | undefined): { name: string; value: string }[] {
  const text = event?.detail?.["headers"];
  if (typeof text !== "string" || text === "") return [];
  return text.split("\n").map((line) => {
    const colon = line.indexOf(":");
    return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
  });
}

/**
 * The HAR. `wallOffset` is wall time minus the events' clock, milliseconds; `origin` is put before paths whose host is
 * not in their headers.
 */
export function harOf(events: readonly WireEvent[], wallOffset: number, origin: string): object {
  const entries = events.flatMap((event, index) => {
    if (event.kind !== "request") return [];
    const own = events.slice(index + 1).filter(({ connection }) => connection === event.connection);
    const end = own.findIndex(({ kind }) => kind === "request");
    const rest = end < 0 ? own : own.slice(0, end);
    const answer = rest.find(({ kind }) => kind === "response");
    const failure = rest.find(({ kind }) => kind === "error");
    const before = events.slice(0, index).filter(({ connection }) => connection === event.connection);
    const fresh = !before.some(({ kind }) => kind === "request");
    const spent = (kind: WireEvent["kind"]) => {
      const ms = fresh ? before.find((one) => one.kind === kind)?.detail?.["ms"] : undefined;
      return typeof ms === "number" ? ms : -1;
    };
    const tls = spent("tls");
    const tcp = spent("tcp");
    const total = (answer ?? failure)?.at === undefined ? 0 : ((answer ?? failure)?.at ?? 0) - event.at;
    const head = answer?.detail?.["headersMs"];
    const wait = typeof head === "number" ? head : total;
    const headers = headersOf(event);
    const [method = "GET", path = "/"] = event.text.split(" ");
    const host = headers.find(({ name }) => name.toLowerCase() === "host")?.value;
    const scheme = tls >= 0 || before.some(({ kind }) => kind === "tls") ? "https" : "http";
    const base = host === undefined ? origin : `${scheme}://${host}`;
    const answered = headersOf(answer);
    const mime = answered.find(({ name }) => name.toLowerCase() === "content-type")?.value ?? "";
    const timings = {
      connect: tcp < 0 ? -1 : tcp + Math.max(tls, 0),
      ssl: tls,
      send: 0,
      wait,
      receive: Math.max(total - wait, 0),
    };
    return [
      {
        startedDateTime: isoMs(event.at + wallOffset),
        time: total + Math.max(timings.connect, 0),
        request: {
          method,
          url: path.startsWith("/") ? `${base}${path}` : path,
          httpVersion: "HTTP/1.1",
          cookies: [],
          headers,
          queryString: queryOf(path),
          headersSize: -1,
          bodySize: -1,
        },
        response: {
          status: Number(answer?.text ?? 0) || 0,
          statusText: "",
          httpVersion: "HTTP/1.1",
          cookies: [],
          headers: answered,
          content: { size: -1, mimeType: mime },
          redirectURL: "",
          headersSize: -1,
          bodySize: -1,
          ...(failure === undefined ? {} : { comment: failure.text }),
        },
        cache: {},
        timings,
        connection: String(event.connection),
      },
    ];
  });
  return { log: { version: "1.2", creator: { name: "fairlead doctor", version: VERSION }, entries } };
}

function queryOf(path: string): { name: string; value: string }[] {
  const at = path.indexOf("?");
  return at < 0 ? [] : [...new URLSearchParams(path.slice(at + 1))].map(([name, value]) => ({ name, value }));
}

function isoMs(ms: number): string {
  const left = Math.floor(((ms % 1_000) + 1_000) % 1_000);
  return formatRfc3339(ms).replace("Z", `.${String(left).padStart(3, "0")}Z`);
}
