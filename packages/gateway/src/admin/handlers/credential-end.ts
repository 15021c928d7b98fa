// When a key or service ends, as a request says it: a time, or a span from now.

import { AdminRefusal } from "../admin-refusal.ts";

/** What may be said of it. */
export interface Ends {
  readonly expires_in_seconds?: number | null | undefined;
  readonly expires_at?: number | null | undefined;
}

/** The end as a time, Unix milliseconds, whole; null: none. @throws AdminRefusal when there are two */
export function endOf<E extends Ends>(
  { expires_in_seconds: seconds, expires_at: at }: E,
  now: number,
): number | Extract<E["expires_at"], null> | undefined {
  if (seconds !== undefined && at !== undefined) {
    const problems = "expires_at: give it or expires_in_seconds, not both";
    throw new AdminRefusal("admin_bad_field", { where: "body", problems });
  }
  const end = at !== undefined ? at : typeof seconds === "number" ? Math.floor(now + seconds * 1_000) : seconds;
  return end as number | Extract<E["expires_at"], null> | undefined;
}
