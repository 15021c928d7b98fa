// References to secrets as they stand in fairlead.yaml, taken apart. A reference is no secret itself.

/** Where a secret is. `text` is the reference as written; it names the secret in logs and messages. */
export type SecretReference =
  | { readonly kind: "env"; readonly text: string; readonly name: string }
  /** `path` is absolute. */
  | { readonly kind: "file"; readonly text: string; readonly path: string }
  /** `name` is a name or an ARN; `key` is the way into the secret's JSON, or undefined for its whole text. */
  | {
      readonly kind: "aws-sm";
      readonly text: string;
      readonly name: string;
      readonly key: readonly string[] | undefined;
    }
  /** `path` is the one of the API without /v1/; `field` undefined means the only one there is. */
  | { readonly kind: "vault"; readonly text: string; readonly path: string; readonly field: string | undefined };

/** Where a secret's value comes from, as metrics name it. */
export type SecretOrigin = SecretReference["kind"];

/** References that a manager is asked for. */
export type ManagedReference = Extract<SecretReference, { kind: "aws-sm" | "vault" }>;

/** Whether text is a reference to a secret manager. */
export function isManaged(text: string): boolean {
  return text.startsWith("aws-sm:") || text.startsWith("vault:");
}

/** Takes a reference to a secret manager apart; a message with the fix when it makes no sense. */
export function readManaged(text: string): ManagedReference | { readonly message: string } {
  const colon = text.indexOf(":");
  const kind = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const hash = rest.indexOf("#");
  const where = hash < 0 ? rest : rest.slice(0, hash);
  const key = hash < 0 ? undefined : rest.slice(hash + 1);
  // Control characters and blanks would end up in a request line.
  if (/[^!-~]/.test(rest)) return { message: `holds blanks or letters that no ${kind} reference has` };
  if (kind === "aws-sm") {
    if (where === "") return { message: "names no secret; write aws-sm:my/secret or aws-sm:my/secret#json.key" };
    if (key === "") return { message: `has nothing after #; write aws-sm:${where}#key, or leave the # out` };
    return { kind: "aws-sm", text, name: where, key: key?.split(".") };
  }
  const path = where.replace(/^\/+/, "").replace(/^v1\//, "").replace(/\/+$/, "");
  if (!path.includes("/") || path.split("/").some((part) => part === "" || part === "." || part === ".."))
    return { message: "must be vault:mount/path#field, such as vault:secret/fairlead#anthropic" };
  if (key === "") return { message: `has nothing after #; write vault:${path}#field` };
  return { kind: "vault", text, path, field: key };
}
