// /v1/files: upload, list, get, content, delete.

import { formatRfc3339 } from "@fairlead/protocol";
import type { StoredFile } from "../file-shelf.ts";
import { formParts } from "../multipart.ts";
import { invalid, notFound } from "../problem.ts";
import type { State } from "../state.ts";
import { edgeHeaders, refuse } from "../strikes.ts";
import { page } from "./page.ts";
import type { Visit } from "./visit.ts";

/** Largest upload, bytes (protocol.md 6.1). */
export const FILE_BYTES = 500 * 1024 * 1024;

/** Stores the `file` part of a form. */
export async function uploadFile(state: State, visit: Visit): Promise<void> {
  const { exchange } = visit;
  const parts = formParts(exchange.header("content-type"), visit.raw);
  if (parts === undefined) return refuse(exchange, invalid("The body must be multipart/form-data"));
  const part = parts.find(({ name }) => name === "file");
  if (part === undefined) return refuse(exchange, invalid("file: Field required"));
  const file: StoredFile = {
    id: state.id("file_"),
    filename: part.filename ?? "unnamed",
    mimeType: part.contentType ?? "application/octet-stream",
    createdAt: formatRfc3339(state.runtime.clock.wall()),
    content: Buffer.from(part.content),
  };
  state.files.add(file);
  visit.json(200, shown(file));
}

/** Lists files, newest first. */
export async function listFiles(state: State, visit: Visit): Promise<void> {
  const result = page(state.files.all(), visit.exchange.query, ({ id }) => id);
  if ("status" in result) return refuse(visit.exchange, result);
  visit.json(200, { ...result, data: result.data.map(shown), next_page: null });
}

/** Tells one file. */
export async function getFile(state: State, visit: Visit): Promise<void> {
  const file = found(state, visit);
  if (file !== undefined) visit.json(200, shown(file));
}

/** The bytes of a file. */
export async function fileContent(state: State, visit: Visit): Promise<void> {
  const { exchange } = visit;
  const file = found(state, visit);
  if (file === undefined) return;
  exchange.reply(
    200,
    { "content-type": file.mimeType, "request-id": exchange.requestId, ...edgeHeaders(exchange) },
    file.content,
  );
}

/** Deletes a file. */
export async function deleteFile(state: State, visit: Visit): Promise<void> {
  const file = found(state, visit);
  if (file === undefined) return;
  state.files.remove(file.id);
  visit.json(200, { id: file.id, type: "file_deleted" });
}

function found(state: State, visit: Visit): StoredFile | undefined {
  const id = visit.exchange.path.split("/")[3] ?? "";
  const file = state.files.get(id);
  if (file === undefined) refuse(visit.exchange, notFound(`File not found: ${id}`));
  return file;
}

function shown(file: StoredFile): Record<string, unknown> {
  return {
    id: file.id,
    type: "file",
    filename: file.filename,
    mime_type: file.mimeType,
    size_bytes: file.content.length,
    created_at: file.createdAt,
    downloadable: true,
  };
}
