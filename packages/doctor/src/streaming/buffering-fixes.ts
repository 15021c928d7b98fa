// How each kind of proxy is told to pass a stream on as it comes.

import type { Streamed } from "../facts/streaming.ts";
import type { Fix } from "../finding.ts";
import { headerOf } from "../wire/http.ts";
import type { Words } from "../words.ts";

type Theme = "buffering" | "gzip" | "idle";

/** Seconds without a byte that a proxy should bear: longer than any pause of the model between two pings. */
const IDLE_SECONDS = 600;

/** What to write into the configuration of whatever stands in between; the product that named itself comes first. */
export function proxyFixes(theme: Theme, seen: readonly Streamed[]): readonly Fix[] {
  const named = seen
    .flatMap(({ headers }) => [headerOf(headers, "server") ?? "", headerOf(headers, "via") ?? ""])
    .join(" ")
    .toLowerCase();
  const rows = ROWS.map((row) => ({ row, lines: row[theme] })).filter(({ lines }) => lines.length > 0);
  const sorted = [
    ...rows.filter(({ row }) => row.names.test(named)),
    ...rows.filter(({ row }) => !row.names.test(named)),
  ];
  return sorted.map(({ row, lines }) => ({ os: "any", shell: "any", commands: lines, note: row.note }));
}

interface Row {
  readonly names: RegExp;
  readonly note: Words;
  readonly buffering: readonly string[];
  readonly gzip: readonly string[];
  readonly idle: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    names: /nginx|openresty|tengine/,
    note: {
      en: "nginx: in the location that leads to the API; then `nginx -t && nginx -s reload`",
      zh: "nginx：写入通向 API 的 location，然后执行 `nginx -t && nginx -s reload`",
    },
    buffering: [
      "proxy_http_version 1.1;",
      'proxy_set_header Connection "";',
      "proxy_buffering off;",
      "proxy_cache off;",
      "gzip off;",
    ],
    gzip: ["gzip off;"],
    idle: [`proxy_read_timeout ${IDLE_SECONDS}s;`, `proxy_send_timeout ${IDLE_SECONDS}s;`],
  },
  {
    names: /haproxy/,
    note: { en: "HAProxy: in the backend that leads to the API", zh: "HAProxy：写入通向 API 的 backend" },
    buffering: [
      "no option http-buffer-request",
      "option http-no-delay",
      "# and no `compression algo` for text/event-stream",
    ],
    gzip: ["compression type text/html text/plain application/json", "# text/event-stream must not be in that list"],
    idle: [`timeout server ${IDLE_SECONDS}s`, `timeout client ${IDLE_SECONDS}s`],
  },
  {
    names: /envoy|istio/,
    note: {
      en: "Envoy: in the HTTP connection manager and the route to the API",
      zh: "Envoy：写入 HTTP connection manager 以及通向 API 的 route",
    },
    buffering: [
      "typed_per_filter_config:",
      "  envoy.filters.http.buffer:",
      '    "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute',
      "    disabled: true",
    ],
    gzip: [
      "# compressor filter: leave text/event-stream out",
      "response_direction_config:",
      "  common_config:",
      "    content_type: [text/html, text/plain, application/json]",
    ],
    idle: [`stream_idle_timeout: ${IDLE_SECONDS}s`, `route: { timeout: 0s, idle_timeout: ${IDLE_SECONDS}s }`],
  },
  {
    names: /mitmproxy/,
    note: {
      en: "mitmproxy: save as stream.py and start it with `-s stream.py`",
      zh: "mitmproxy：存为 stream.py，并以 `-s stream.py` 启动",
    },
    buffering: [
      "def responseheaders(flow):",
      '    if "text/event-stream" in flow.response.headers.get("content-type", ""):',
      "        flow.response.stream = True",
    ],
    gzip: [],
    idle: [],
  },
  {
    names: /apache/,
    note: {
      en: "Apache httpd: in the virtual host that leads to the API",
      zh: "Apache httpd：写入通向 API 的虚拟主机",
    },
    buffering: ['ProxyPass "/" "http://UPSTREAM/" flushpackets=on', "SetEnv no-gzip 1"],
    gzip: ["SetEnv no-gzip 1"],
    idle: [`ProxyTimeout ${IDLE_SECONDS}`],
  },
  {
    names: /caddy/,
    note: { en: "Caddy: in the reverse_proxy block", zh: "Caddy：写入 reverse_proxy 块" },
    buffering: ["flush_interval -1"],
    gzip: ["# `encode` must not match text/event-stream: encode { match header Content-Type application/json* }"],
    idle: [`transport http { read_timeout ${IDLE_SECONDS}s }`],
  },
];

/** For scanners of antivirus and data-loss products, which have no line to paste. */
export function scannerFix(host: string): Fix {
  return {
    os: "any",
    shell: "any",
    commands: [],
    note: {
      en: `An antivirus or data-loss product with web scanning holds answers back to scan them: add ${host} to its list of hosts that are not scanned (or whose text/event-stream is passed through).`,
      zh: `带网页扫描功能的杀毒或防泄密产品会先扣住回答再扫描：请把 ${host} 加入其不扫描的主机列表（或放行 text/event-stream）。`,
    },
  };
}

/** For programs that choose their encodings themselves. */
export const IDENTITY_FIX: Fix = {
  os: "any",
  shell: "any",
  commands: ['new Anthropic({ defaultHeaders: { "accept-encoding": "identity" } })'],
  note: {
    en: "Until the proxy is put right, a program of your own can ask for the stream uncompressed (TypeScript SDK; in Python `default_headers`).",
    zh: "在代理修好之前，自己的程序可以要求不压缩的流（TypeScript SDK；Python 用 `default_headers`）。",
  },
};
