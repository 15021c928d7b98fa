// HEAD requests on a connection that is kept: written by hand, because node:http closes a socket that it did not open.

import type { Socket } from "node:net";
import type { Clock } from "@fairlead/runtime";

/** What came of one. `error` is TIMEOUT, CLOSED or Node's code. */
export interface HeadAnswer {
  readonly ms: number;
  readonly status?: number;
  /** True when the far end says that it will close. */
  readonly closes?: boolean;
  readonly error?: string;
}

/** Longest head of an answer that is read, bytes. */
const MAX_HEAD = 65_536;

/** Asks for the head of `path`; an answer to HEAD has no body, so it ends with its head. */
export function headRequest(
  clock: Clock,
  socket: Socket,
  authority: string,
  path: string,
  timeoutMs: number,
): Promise<HeadAnswer> {
  const began = clock.now();
  return new Promise((resolve) => {
    let text = "";
    const settle = (answer: Omit<HeadAnswer, "ms">) => {
      timer.cancel();
      socket.off("data", take).off("error", fail).off("end", ended).off("close", ended);
      resolve({ ...answer, ms: Math.round(clock.now() - began) });
    };
    const take = (piece: Buffer) => {
      text += piece.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) {
        if (text.length > MAX_HEAD) settle({ error: "NOT-HTTP" });
        return;
      }
      const head = text.slice(0, end);
      const status = /^HTTP\/1\.([01]) (\d{3})/.exec(head);
      if (status === null) return settle({ error: "NOT-HTTP" });
      // Answers of the 1xx kind come before the one that counts.
      if (status[2]?.startsWith("1")) {
        text = text.slice(end + 4);
        return;
      }
      const said = /^connection:[ \t]*([^\r\n]*)/im.exec(head)?.[1] ?? "";
      const closes = /\bclose\b/i.test(said) || (status[1] === "0" && !/keep-alive/i.test(said));
      settle({ status: Number(status[2]), closes });
    };
    const fail = (e: NodeJS.ErrnoException) => settle({ error: e.code ?? "ERROR" });
    const ended = () => settle({ error: "CLOSED" });
    const timer = clock.timer(timeoutMs, () => settle({ error: "TIMEOUT" }));
    if (socket.destroyed || !socket.writable) return settle({ error: "CLOSED" });
    socket.on("data", take).on("error", fail).on("end", ended).on("close", ended);
    const lines = [
      `HEAD ${path} HTTP/1.1`,
      `host: ${authority}`,
      "user-agent: fairlead-doctor/0.1",
      "accept: */*",
      "connection: keep-alive",
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  });
}
