// Gzip: the answer is compressed, streams too.

import { constants, createGzip } from "node:zlib";
import type { FaultKind } from "./kind.ts";

/** The fault `gzip`. */
export const gzip: FaultKind = {
  name: "gzip",
  catalogue: ["F15"],
  summary:
    "content-encoding: gzip whatever the client accepts; with flush every event can be decoded as it comes, without it the compressor buffers.",
  phases: [{ phase: "before-headers", on: "both", meaning: "decided before the answer begins" }],
  params: { flush: { type: "boolean", default: true, about: "flush the compressor after every write" } },
  headers: () => ({ "content-encoding": "gzip", vary: "accept-encoding" }),
  bytes: (params) => {
    const zip = createGzip();
    const out: Buffer[] = [];
    zip.on("data", (part: Buffer) => out.push(part));
    const settle = (run: (done: () => void) => void) => new Promise<void>((resolve) => run(resolve));
    return {
      async push(bytes, emit) {
        await settle((done) => zip.write(bytes, () => done()));
        if (params.flag("flush")) await settle((done) => zip.flush(constants.Z_SYNC_FLUSH, done));
        const ready = Buffer.concat(out.splice(0));
        if (ready.length > 0) await emit(ready);
      },
      async end(emit) {
        await settle((done) => {
          zip.once("end", done);
          zip.end();
        });
        await emit(Buffer.concat(out.splice(0)));
      },
    };
  },
};
