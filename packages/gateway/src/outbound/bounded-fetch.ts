// `fetch` for documents of identity providers, whose answers have an end: also what unpacks to more is cut off.

/** The most that a provider may say, bytes as unpacked. Discovery documents and key sets have a few thousand. */
export const MOST_SAID = 1_048_576;

/** As `fetch`. Reading a body beyond `MOST_SAID` bytes rejects with a TypeError that says so, and ends the connection. */
export async function boundedFetch(...asked: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...asked);
  if (response.body === null) return response;
  let size = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.length;
      if (size > MOST_SAID) controller.error(new TypeError(`the answer has more than ${MOST_SAID} bytes`));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(bound), { status, statusText, headers });
}
