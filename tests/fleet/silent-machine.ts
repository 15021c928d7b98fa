// A port that takes no connection and refuses none, as a machine without power: its queue of connections is full.

import { spawn } from "node:child_process";
import { once } from "node:events";

const PROGRAM = `
import socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(0)
waiting = []
for _ in range(8):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(server.getsockname())
    waiting.append(one)
print(server.getsockname()[1], flush=True)
sys.stdin.read()
`;

/** Node accepts all that comes, so Python holds the port. */
export async function startSilent(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const child = spawn("python3", ["-c", PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const [bytes] = (await once(child.stdout, "data")) as [Buffer];
  return {
    port: Number(bytes.toString()),
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
