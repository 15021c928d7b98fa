// How a broken answer is told to the client in the dialect it reads.

import type { Fault, Look } from "@fairlead/engine";
import { errorBody, printFrame } from "@fairlead/protocol";

/**
 * The last bytes of a stream that broke: an error event in the stream's dialect, never a clean end. Before it a blank
 * line is not needed, since only whole frames were passed on.
 * @param attempts how many attempts were made for it, where the head could not tell
 */
export function errorFrame(
  dialect: Look["dialect"],
  fault: Pick<Fault, "type" | "message" | "code">,
  requestId: string,
  attempts?: number,
): Buffer {
  const code = fault.code === undefined ? undefined : `fairlead_${fault.code}`;
  if (dialect === "openai") {
    const error = { message: fault.message, type: fault.type, param: null, code: code ?? null };
    return Buffer.from(printFrame("", JSON.stringify({ error })));
  }
  const body = errorBody(fault.type, fault.message, {
    ...(code === undefined ? {} : { errorCode: code }),
    ...(attempts === undefined ? {} : { attempts }),
    requestId,
  });
  return Buffer.from(printFrame("error", body));
}
