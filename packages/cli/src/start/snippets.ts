// What to paste after a start: each works as it stands in a POSIX shell.

/** One thing to paste. */
export interface Snippets {
  readonly curl: string;
  readonly curlStream: string;
  readonly sdk: string;
  readonly claudeCode: string;
  readonly ask: string;
}

/** The model that the snippets name: cheap, quick, and known to the API and the simulator. */
const MODEL = "claude-haiku-5-5";

/** Snippets for an address and a key. */
export function snippets(url: string, key: string, command: string): Snippets {
  const body = (stream: boolean) =>
    JSON.stringify({
      model: MODEL,
      max_tokens: 256,
      ...(stream ? { stream: true } : {}),
      messages: [{ role: "user", content: "Say hello" }],
    });
  const curl = (flags: string, stream: boolean) =>
    [
      `curl ${flags} ${url}/v1/messages -H 'x-api-key: ${key}' \\`,
      "  -H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' \\",
      `  -d '${body(stream)}'`,
    ].join("\n");
  return {
    curl: curl("-sS", false),
    curlStream: curl("-sSN", true),
    sdk: [
      `(cd "$(mktemp -d)" && npm install --silent --prefix . @anthropic-ai/sdk && node --input-type=module -e '`,
      `import Anthropic from "@anthropic-ai/sdk";`,
      `const claude = new Anthropic({ baseURL: "${url}", apiKey: "${key}" });`,
      `const messages = [{ role: "user", content: "Say hello" }];`,
      `const stream = claude.messages.stream({ model: "${MODEL}", max_tokens: 256, messages });`,
      `stream.on("text", (text) => process.stdout.write(text));`,
      `await stream.finalMessage();`,
      `console.log();')`,
    ].join("\n"),
    claudeCode: [
      "env -u ANTHROPIC_API_KEY -u CLAUDE_CODE_OAUTH_TOKEN \\",
      `  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${key} claude -p "Say hello"`,
    ].join("\n"),
    ask: `${command} ask "Say hello"`,
  };
}
