// Loads a configuration whose secrets may be kept by managers: they are asked first, all at once.

import type { Clock } from "@fairlead/runtime";
import { SecretManagers } from "../secrets/secret-managers.ts";
import { isManaged, readManaged } from "../secrets/secret-reference.ts";
import { readYaml } from "./document.ts";
import { type Loaded, readConfig, readConfigText } from "./load.ts";
import { type Path, type Problem, showPath } from "./problem.ts";
import { type Environment, References } from "./secrets.ts";
import { managedIn, resolveSecrets } from "./secrets-block.ts";

/**
 * Reads and checks a configuration file and resolves what it points to, secret managers included.
 * @param known the value that a reference had in the configuration before, when a manager does not answer now: a reload
 *   must not fail for it
 * @throws ConfigError with all problems, rejected
 */
export async function openConfig(
  file: string,
  env: Environment,
  clock: Clock,
  known: (reference: string) => string | undefined = () => undefined,
): Promise<Loaded> {
  return openConfigText(readConfigText(file), file, env, clock, known);
}

/** The same for text that is at hand. */
export async function openConfigText(
  text: string,
  file: string,
  env: Environment,
  clock: Clock,
  known: (reference: string) => string | undefined = () => undefined,
): Promise<Loaded> {
  const yaml = readYaml(text);
  const places = new Map<string, Path>();
  const note = (reference: string, path: Path) => {
    if (!places.has(reference)) places.set(reference, path);
  };
  managedIn(yaml.content, note, isManaged);
  if (places.size === 0) return readConfig(text, file, env);
  const { options, problems } = resolveSecrets(yaml.content, new References(file, env), env);
  // Without a way to the managers, what is wrong with that is told.
  if (problems.length > 0) return readConfig(text, file, env, new Map());
  const managers = new SecretManagers(options, clock);
  const stale: string[] = [];
  const managed = new Map<string, { readonly value: string } | { readonly message: string }>();
  const ask = async (reference: string) => {
    const ref = readManaged(reference);
    if ("message" in ref) {
      managed.set(reference, ref);
      return;
    }
    try {
      managed.set(reference, { value: await managers.read(ref) });
    } catch (e) {
      const value = known(reference);
      managed.set(reference, value === undefined ? { message: e instanceof Error ? e.message : "" } : { value });
      if (value !== undefined) stale.push(reference);
    }
  };
  await Promise.all([...places.keys()].map(ask));
  managers.close();
  const loaded = readConfig(text, file, env, managed);
  const warnings = stale.map((reference): Problem => {
    const path = places.get(reference) ?? [];
    const message = `${reference} cannot be read now; the value that it had before stays in use`;
    return { file, ...yaml.place(path, false), path: showPath(path), code: "secret_stale", message };
  });
  return { ...loaded, warnings: [...loaded.warnings, ...warnings] };
}
