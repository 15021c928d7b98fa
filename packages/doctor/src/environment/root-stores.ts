// Certificates that this machine and its programs trust beyond the public ones: as PEM, from where each program reads them.

import type { ClientName } from "../context.ts";
import type { Machine } from "../machine.ts";
import type { Environment, Setting, Source } from "./environment.ts";
import type { Place } from "./place.ts";
import { textOf } from "./variable-names.ts";

/** Bundles of Linux distributions: Debian and Arch, Fedora and RHEL, Alpine and BSD, openSUSE. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

/** Longest wait for the keychain, milliseconds; it takes about 100. */
const KEYCHAIN_MS = 1_000;

/** The certificates in a text, each as a PEM block of its own. */
export function pemBlocks(text: string): string[] {
  return (
    text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g) ?? []
  );
}

/** A function that reads the operating system's store on its first call: the reading can be slow and is not always needed. */
export async function systemRootsOf(machine: Machine): Promise<() => readonly string[]> {
  let roots: readonly string[] | undefined;
  const chain =
    machine.platform === "darwin" && machine.systemRoots === undefined
      ? await machine.run("/usr/bin/security", ["find-certificate", "-a", "-p"], KEYCHAIN_MS)
      : undefined;
  return () => {
    roots ??= chain === undefined ? readSystemRoots(machine) : pemBlocks(chain.stdout);
    return roots;
  };
}

function readSystemRoots(machine: Machine): readonly string[] {
  if (machine.platform === "linux")
    for (const path of BUNDLES) {
      const text = machine.readText(path);
      if (text !== undefined) return pemBlocks(text);
    }
  try {
    return machine.systemRoots?.() ?? [];
  } catch {
    return [];
  }
}

/** Variables with files of roots that each program reads. Node reads SSL_CERT_FILE only with --use-openssl-ca. */
const ROOT_VARIABLES: { readonly [client in ClientName]: readonly string[] } = {
  node: ["NODE_EXTRA_CA_CERTS"],
  "claude-code": ["NODE_EXTRA_CA_CERTS"],
  python: ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"],
  curl: ["curl.cacert", "CURL_CA_BUNDLE", "SSL_CERT_FILE"],
};

/** Roots from the files that the program is told to trust. A file that cannot be used gives none. */
export function extraRootsOf(
  machine: Machine,
  place: Place,
  client: ClientName,
  look: (name: string) => Setting | undefined,
): Environment["extraRoots"] {
  const options = look("NODE_OPTIONS");
  const openssl = client === "node" && options !== undefined && /--use-openssl-ca\b/.test(textOf(options.value));
  const names = [...ROOT_VARIABLES[client], ...(openssl ? ["SSL_CERT_FILE"] : [])];
  return names.flatMap((name) => {
    const setting = look(name);
    const path = setting === undefined ? "" : textOf(setting.value);
    if (setting === undefined || path === "") return [];
    const file = place.absolute(path);
    const source: Source = { kind: setting.source.kind, path: file, shown: place.shown(file) };
    return pemBlocks(machine.readText(file) ?? "").map((pem) => ({ pem, source }));
  });
}
