// Tests of the book of custody: what it remembers, and that a dead store loses no owner.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime, virtualRuntime } from "@fairlead/runtime";
import { type Custody, type CustodyRow, memoryCustody, StoreError } from "@fairlead/stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CustodyBook } from "./custody-book.ts";

const thing = (id: string, more: Partial<CustodyRow> = {}): CustodyRow => ({
  kind: "file",
  id,
  project: "red",
  keyId: "key_1",
  upstream: "near",
  account: "near",
  at: 1_800_000_000_000,
  ...more,
});

/** A store that counts what it is asked, and dies and hangs as it is told. */
function mortal(inner: Custody) {
  const state = { mode: "well" as "well" | "dead" | "hung", asked: 0 };
  const through = <T>(work: () => Promise<T>): Promise<T> => {
    state.asked += 1;
    if (state.mode === "dead") return Promise.reject(new StoreError("unavailable", "the store is down for a test"));
    return state.mode === "hung" ? new Promise(() => {}) : work();
  };
  const store: Custody = {
    put: (rows) => through(() => inner.put(rows)),
    find: (kind, ids) => through(() => inner.find(kind, ids)),
    page: (...asked) => through(() => inner.page(...asked)),
    release: (kind, id) => through(() => inner.release(kind, id)),
  };
  return { store, state };
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-book-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the book of custody", () => {
  test("remembers what the store told, and asks again for what it did not know", async () => {
    const rt = virtualRuntime("book");
    const inner = memoryCustody(rt.clock);
    const { store, state } = mortal(inner);
    const book = new CustodyBook(store, rt, undefined);
    await inner.put([thing("file_a")]);
    expect((await book.find("file", ["file_a", "file_b"])).rows.get("file_a")?.project).toBe("red");
    expect(state.asked).toBe(1);
    expect((await book.find("file", ["file_a"])).rows.size).toBe(1);
    expect(state.asked).toBe(1);
    await inner.put([thing("file_b")]);
    expect((await book.find("file", ["file_b"])).rows.size).toBe(1);
    expect((await book.find("batch", ["file_a"])).rows.size).toBe(0);
    await book.release("file", "file_a");
    expect((await book.find("file", ["file_a"])).rows.size).toBe(0);
  });

  test("forgets what has expired", async () => {
    const rt = virtualRuntime("book");
    const book = new CustodyBook(memoryCustody(rt.clock), rt, undefined);
    await book.note([thing("file_a", { expiresAt: rt.clock.wall() + 1_000 })]);
    expect((await book.find("file", ["file_a"])).rows.size).toBe(1);
    await rt.clock.advance(1_001);
    expect((await book.find("file", ["file_a"])).rows.size).toBe(0);
  });

  test("what two note is the first one's on both", async () => {
    const rt = virtualRuntime("book");
    const inner = memoryCustody(rt.clock);
    const [one, two] = [new CustodyBook(inner, rt, undefined), new CustodyBook(inner, rt, undefined)];
    await one.note([thing("file_a")]);
    await two.note([thing("file_a", { project: "blue" })]);
    expect((await two.find("file", ["file_a"])).rows.get("file_a")?.project).toBe("red");
  });

  test("tells what a dead store may know apart from what nobody knows", async () => {
    const rt = virtualRuntime("book");
    const { store, state } = mortal(memoryCustody(rt.clock));
    const book = new CustodyBook(store, rt, undefined);
    await book.note([thing("file_a")]);
    expect(await book.find("file", ["file_a", "file_b"])).toMatchObject({ away: false });
    state.mode = "dead";
    expect(await book.find("file", ["file_a"])).toMatchObject({ away: false });
    expect(await book.find("file", ["file_a", "file_b"])).toMatchObject({ away: true });
    await expect(book.page("red", "file", {}, 1)).rejects.toThrow("down for a test");
    // Without a disk there is nowhere else.
    await expect(book.note([thing("file_c")])).rejects.toThrow("down for a test");
  });

  test("does not wait for a store that hangs", async () => {
    const rt = virtualRuntime("book");
    const { store, state } = mortal(memoryCustody(rt.clock));
    const book = new CustodyBook(store, rt, undefined);
    state.mode = "hung";
    const found = book.find("file", ["file_a"]);
    await rt.clock.advance(2_001);
    expect(await found).toMatchObject({ away: true });
  });

  test("keeps on the disk what the store does not take, over the end of the process, and brings it there in the end", async () => {
    const rt = systemRuntime();
    const inner = memoryCustody(rt.clock);
    const { store, state } = mortal(inner);
    const first = new CustodyBook(store, rt, folder);
    state.mode = "dead";
    await first.note([thing("file_a"), thing("msgbatch_a", { kind: "batch" })]);
    await first.note([thing("file_b")]);
    expect(first.waiting).toBe(3);
    expect((await first.find("file", ["file_b"])).rows.get("file_b")?.project).toBe("red");
    expect((await first.find("file", ["file_c"])).away).toBe(true);
    await first.close();

    const second = new CustodyBook(store, rt, folder);
    second.start();
    expect(second.waiting).toBe(3);
    expect((await second.find("batch", ["msgbatch_a"])).rows.size).toBe(1);
    state.mode = "well";
    await second.flush();
    expect(second.waiting).toBe(0);
    expect((await inner.find("file", ["file_a", "file_b"])).length).toBe(2);
    await second.close();

    const third = new CustodyBook(store, rt, folder);
    third.start();
    expect(third.waiting).toBe(0);
    await third.close();
  });

  test("what is noted while the store takes the rest is not let go of with it", async () => {
    const rt = systemRuntime();
    const { store, state } = mortal(memoryCustody(rt.clock));
    const book = new CustodyBook(store, rt, folder);
    state.mode = "dead";
    await book.note([thing("file_a")]);
    state.mode = "well";
    const flushed = book.flush();
    // The store took a row, so the next one would go there: this one finds it dead again.
    state.mode = "dead";
    const noted = book.note([thing("file_b")]);
    await Promise.all([flushed, noted]);
    await book.close();
    const next = new CustodyBook(store, rt, folder);
    next.start();
    expect((await next.find("file", ["file_b"])).rows.size).toBe(1);
    await next.close();
  });
});
