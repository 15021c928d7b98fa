// AWS Secrets Manager, through its SDK, which is loaded when the first secret is asked for.

import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Clock } from "@fairlead/runtime";
import { SecretError } from "./secret-manager.ts";
import type { ManagedReference } from "./secret-reference.ts";

/** Credentials come from where the SDK looks for them: environment, shared files, the instance's or the task's role. */
export interface AwsOptions {
  /** Default: the one of the ARN, else what the SDK finds (AWS_REGION). */
  readonly region?: string | undefined;
  /** Another address of the service, such as one of a VPC endpoint. */
  readonly endpoint?: string | undefined;
  /** For each secret, retries included, milliseconds. */
  readonly timeoutMs: number;
}

type Sdk = typeof import("@aws-sdk/client-secrets-manager");

/** Reads secrets of one account. */
export class AwsSecretsManager {
  readonly #options: AwsOptions;
  readonly #clock: Clock;
  readonly #load: () => Promise<Sdk>;
  readonly #clients = new Map<string, SecretsManagerClient>();

  /** `load` brings the SDK; tests put another in its place. */
  constructor(
    options: AwsOptions,
    clock: Clock,
    load: () => Promise<Sdk> = () => import("@aws-sdk/client-secrets-manager"),
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#load = load;
  }

  /** The current version (AWSCURRENT). Rejects with a SecretError. */
  async read(ref: Extract<ManagedReference, { kind: "aws-sm" }>): Promise<string> {
    const sdk = await this.#sdk();
    const { name } = ref;
    let text: string | undefined;
    const late = new AbortController();
    const timer = this.#clock.timer(this.#options.timeoutMs, () => late.abort());
    try {
      const client = this.#client(sdk, regionOf(name));
      const given = await client.send(new sdk.GetSecretValueCommand({ SecretId: name }), {
        abortSignal: late.signal,
      });
      text = given.SecretString;
    } catch (e) {
      throw explained(e, name);
    } finally {
      timer.cancel();
    }
    if (text === undefined || text === "")
      throw new SecretError("malformed", `the secret ${name} holds no text; store the key as text or JSON`);
    return ref.key === undefined ? text : fieldOf(text, ref.key, name);
  }

  close(): void {
    for (const client of this.#clients.values()) client.destroy();
    this.#clients.clear();
  }

  #client(sdk: Sdk, region: string | undefined): SecretsManagerClient {
    const { endpoint, timeoutMs } = this.#options;
    const where = this.#options.region ?? region;
    let client = this.#clients.get(where ?? "");
    if (client === undefined) {
      client = new sdk.SecretsManagerClient({
        ...(where === undefined ? {} : { region: where }),
        ...(endpoint === undefined ? {} : { endpoint }),
        maxAttempts: 2,
        requestHandler: { requestTimeout: timeoutMs, connectionTimeout: timeoutMs },
      });
      this.#clients.set(where ?? "", client);
    }
    return client;
  }

  async #sdk(): Promise<Sdk> {
    try {
      return await this.#load();
    } catch {
      throw new SecretError(
        "not_installed",
        "aws-sm: needs the AWS SDK, which is not installed; run npm install @aws-sdk/client-secrets-manager",
      );
    }
  }
}

function regionOf(name: string): string | undefined {
  return /^arn:[^:]*:secretsmanager:([^:]+):/.exec(name)?.[1];
}

function fieldOf(text: string, key: readonly string[], name: string): string {
  let at: unknown;
  try {
    at = JSON.parse(text);
  } catch {
    throw new SecretError(
      "malformed",
      `the secret ${name} is no JSON, so it has no #${key.join(".")}; leave the # out`,
    );
  }
  for (const step of key) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) {
      const names =
        typeof at === "object" && at !== null ? Object.keys(at).slice(0, 10).join(", ") : "nothing below it";
      throw new SecretError(
        "missing",
        `the secret ${name} has no ${key.join(".")}; where ${step} should be is: ${names}`,
      );
    }
    at = (at as { readonly [name: string]: unknown })[step];
  }
  if (typeof at === "string" && at !== "") return at;
  throw new SecretError("malformed", `${key.join(".")} of the secret ${name} is no text; put the key there as text`);
}

function explained(e: unknown, name: string): SecretError {
  const { name: told = "", message = "" } = e as Error;
  // It is what the other side calls its error.
  const kind = /^\w{1,64}$/.test(told) ? told : "an error without a name";
  switch (kind) {
    case "ResourceNotFoundException":
      return new SecretError("missing", `AWS has no secret ${name} here; check its name, the region and the account`);
    case "AccessDeniedException":
    case "UnrecognizedClientException":
    case "InvalidSignatureException":
    case "ExpiredTokenException":
    case "CredentialsProviderError":
      return new SecretError(
        "denied",
        `AWS refuses the secret ${name} (${kind}); check the credentials and their right secretsmanager:GetSecretValue`,
      );
    case "DecryptionFailure":
    case "InvalidRequestException":
      return new SecretError("denied", `AWS cannot give the secret ${name} (${kind}); check its KMS key and its state`);
    default: {
      if (/region is missing/i.test(message))
        return new SecretError("not_configured", "aws-sm: needs a region; set secrets.aws.region or AWS_REGION");
      const timed = kind === "TimeoutError" || kind === "AbortError";
      return new SecretError(
        "unreachable",
        `AWS Secrets Manager ${timed ? "did not answer in time" : `failed (${kind})`} for ${name}`,
      );
    }
  }
}
