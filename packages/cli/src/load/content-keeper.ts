// The content of a streamed answer, put together again, as the next turn of a conversation has to send it back.

import { frameData, frameName } from "@fairlead/protocol";

type Block = Record<string, unknown>;

/** Follows the frames of one stream. */
export class ContentKeeper {
  readonly content: Block[] = [];
  /** JSON of tool inputs as it came in pieces, by block. */
  readonly #inputs = new Map<Block, string>();

  frame(frame: Buffer): void {
    const name = frameName(frame);
    if (name !== "content_block_start" && name !== "content_block_delta" && name !== "content_block_stop") return;
    const data = JSON.parse(String(frameData(frame))) as {
      readonly index: number;
      readonly content_block?: Block;
      readonly delta?: { readonly type: string; readonly [key: string]: unknown };
    };
    if (data.content_block !== undefined) this.content[data.index] = { ...data.content_block };
    const block = this.content[data.index];
    if (block === undefined) return;
    if (data.delta !== undefined) this.#add(block, data.delta);
    if (name === "content_block_stop") this.#close(block);
  }

  #add(block: Block, delta: { readonly type: string; readonly [key: string]: unknown }): void {
    const grow = (key: string) => {
      block[key] = String(block[key] ?? "") + String(delta[key] ?? "");
    };
    if (delta.type === "text_delta") grow("text");
    else if (delta.type === "thinking_delta") grow("thinking");
    else if (delta.type === "signature_delta") grow("signature");
    else if (delta.type === "input_json_delta")
      this.#inputs.set(block, (this.#inputs.get(block) ?? "") + String(delta["partial_json"]));
  }

  #close(block: Block): void {
    const json = this.#inputs.get(block);
    if (json !== undefined && json !== "") block["input"] = JSON.parse(json);
    this.#inputs.delete(block);
  }
}
