// A gateway that reads the Authorization header and no other (one argument: JSON).

import { createServer, type ServerResponse } from "node:http";

/** Where it listens, and the only token that it takes. */
interface BearerConfig {
  readonly address: string;
  readonly port: number;
  readonly token: string;
}

function main({ address, port, token }: BearerConfig): void {
  const tell = (response: ServerResponse, status: number, body: object) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    request.resume();
    if (request.headers.authorization !== `Bearer ${token}`) {
      const error = { type: "authentication_error", message: "Missing or invalid Authorization header" };
      return tell(response, 401, { type: "error", error });
    }
    if (request.method === "GET")
      return tell(response, 200, { data: [{ type: "model", id: "claude-haiku-4-5" }], has_more: false });
    return tell(response, 200, { input_tokens: 8 });
  });
  server.listen(port, address, () => console.log("ready"));
}

main(JSON.parse(process.argv[2] ?? "") as BearerConfig);
