// The requests that the bench sends: heads like Claude Code's, bodies of an exact size.

/** A ready-made request body and what it stands for. */
export type BodyName = "small" | "large" | "small-stream";

const SENTENCES = [
  "Please read the log and tell me which of the retries was pointless.",
  'It ends with "overloaded_error", then there is nothing for forty seconds.',
  "    const answer = await fetch(url, { signal });\n    if (!answer.ok) throw new Error('status ' + answer.status);\n",
  "The second region answered at once, so the first one was not the network.",
  "\tpath: C:\\builds\\main\\out, exit code 1, see the table below.",
];

/** Prose that takes at most `bytes` once it is escaped in JSON. */
function prose(bytes: number, seed: number): string {
  let text = "";
  let taken = 0;
  for (let i = seed; ; i++) {
    const sentence = `${SENTENCES[i % SENTENCES.length]} `;
    taken += JSON.stringify(sentence).length - 2;
    if (taken > bytes) return text;
    text += sentence;
  }
}

function message(bytes: number, stream: boolean): string {
  // An odd number of turns, so that the first and the last are the user's.
  const turns = Math.floor(bytes / 2_400) | 1;
  const system = { type: "text", text: "You are a careful engineer.", cache_control: { type: "ephemeral" } };
  const messages: object[] = [];
  const body = {
    model: "claude-opus-5",
    max_tokens: 32_000,
    system: [system],
    messages,
    metadata: { user_id: '{"device_id":"5f1c","account_uuid":"","session_id":"0c6f0f3e-6a6b-4c54-9c2e-1f3a5f9f6d11"}' },
    ...(stream ? { stream: true } : {}),
  };
  const lacking = () => bytes - JSON.stringify(body).length;
  for (let turn = 0; turn < turns; turn++) {
    const text = prose(Math.floor(lacking() / (turns - turn)) - 80, turn);
    messages.push({ role: turn % 2 === 0 ? "user" : "assistant", content: [{ type: "text", text }] });
  }
  if (lacking() < 0) throw new Error(`a body of ${bytes} bytes is too small`);
  system.text += ".".repeat(lacking());
  return JSON.stringify(body);
}

/** The JSON text of a body: 1,408 bytes (as in the reference measurements), 99,990 bytes, or small with "stream":true last. */
export function bodyText(name: BodyName): string {
  return message(name === "large" ? 99_990 : 1_408, name === "small-stream");
}

/** Request headers as Claude Code sends them, in its order; `extra` is appended. */
export function requestHeaders(
  port: number,
  key: string,
  length: number,
  extra: Record<string, string>,
): [string, string][] {
  return [
    ["Accept", "application/json"],
    ["Content-Type", "application/json"],
    ["User-Agent", "claude-cli/2.1.329 (external, sdk-cli)"],
    ["X-Claude-Code-Session-Id", "0c6f0f3e-6a6b-4c54-9c2e-1f3a5f9f6d11"],
    ["X-Stainless-Arch", "x64"],
    ["X-Stainless-Lang", "js"],
    ["X-Stainless-OS", "Linux"],
    ["X-Stainless-Package-Version", "0.128.0"],
    ["X-Stainless-Retry-Count", "0"],
    ["X-Stainless-Runtime", "node"],
    ["X-Stainless-Runtime-Version", "v26.12.1"],
    ["X-Stainless-Timeout", "600"],
    ["anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27"],
    ["anthropic-version", "2023-06-01"],
    ["x-api-key", key],
    ["x-app", "cli"],
    ["Connection", "keep-alive"],
    ["Host", `127.0.0.1:${port}`],
    ["Content-Length", String(length)],
    ...Object.entries(extra),
  ];
}

/** The whole request as it goes over the wire. */
export function rawRequest(port: number, key: string, body: string, extra: Record<string, string>): string {
  const lines = requestHeaders(port, key, Buffer.byteLength(body), extra).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `POST /v1/messages?beta=true HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}
