// What differs between two configurations, path by path.

/** One difference; undefined where a side has nothing there. */
export interface ConfigChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The differences of two plain values. Lists of things with names are compared by name, others by place. */
export function configChanges(before: unknown, after: unknown, path = ""): ConfigChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [a, b] = [parts(before), parts(after)];
  if (a === undefined || b === undefined) return [{ path, before, after }];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((key) => {
    const at = key.startsWith("[") || path === "" ? `${path}${key}` : `${path}.${key}`;
    return configChanges(a.get(key), b.get(key), at);
  });
}

function parts(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const names = value.map((one) => nameOf(one));
  const named = names.every((name) => name !== undefined) && new Set(names).size === names.length;
  return new Map(value.map((one, i) => [`[${named ? names[i] : i}]`, one]));
}

function nameOf(one: unknown): string | undefined {
  const { name, match } = (typeof one === "object" && one !== null ? one : {}) as { name?: unknown; match?: unknown };
  return typeof name === "string" ? name : typeof match === "string" ? match : undefined;
}
