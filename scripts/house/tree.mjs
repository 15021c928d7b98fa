// The files of a checkout as the checks see them: text, kind, room, and the syntax tree of what is TypeScript.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const FOLDERS = ["packages", "tests", "bench", "scripts"];
const SKIPPED = new Set(["node_modules", "dist", "out", "coverage"]);
const SOURCE = /\.(ts|tsx|mts|cts|js|mjs|cjs)$/;

/**
 * Reads a checkout.
 * @param {string} root absolute path
 * @returns {Tree} files in path order; `checker` resolves names inside a file (other files and lib are left out on purpose)
 *
 * @typedef {{ path: string, text: string, room?: string, isSource: boolean, isTest: boolean, ast?: ts.SourceFile }} File
 *   `room`: package folder; `isSource`: ships in a package; `isTest`: a test beside the source or anything in tests/
 * @typedef {{ root: string, files: File[], folders: string[], checker: ts.TypeChecker, manifests: Manifest[] }} Tree
 * @typedef {{ path: string, text: string, room?: string, json: object }} Manifest
 */
export function readTree(root) {
  const folders = [];
  const paths = FOLDERS.flatMap((folder) => walk(root, folder, folders));
  const files = paths
    .filter((path) => SOURCE.test(path))
    .map((path) => describe(path, readFileSync(join(root, path), "utf8")));
  const typed = new Map(
    files.filter((file) => /\.[mc]?tsx?$/.test(file.path)).map((file) => [join(root, file.path), file]),
  );
  const program = ts.createProgram({
    rootNames: [...typed.keys()],
    options: {
      noLib: true,
      noResolve: true,
      types: [],
      moduleDetection: ts.ModuleDetectionKind.Force,
      allowImportingTsExtensions: true,
      noEmit: true,
    },
    host: memoryHost(root, typed),
  });
  const checker = program.getTypeChecker();
  for (const [path, file] of typed) file.ast = program.getSourceFile(path);
  return { root, files, folders, checker, manifests: readManifests(root, paths) };
}

/** Line of a node in its file, 1 based. */
export function lineOf(ast, node) {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
}

function describe(path, text) {
  const [, room, inside] = /^packages\/([^/]+)\/(.*)$/.exec(path) ?? [];
  const isTest = /\.test\.[a-z]+$/.test(path) || path.startsWith("tests/");
  return { path, text, room, isTest, isSource: room !== undefined && /^(src|bin)\//.test(inside) && !isTest };
}

function walk(root, folder, folders) {
  if (!existsSync(join(root, folder))) return [];
  folders.push(folder);
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (SKIPPED.has(entry.name) || entry.name.startsWith(".")) return [];
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return walk(root, path, folders);
      return entry.isFile() ? [path] : [];
    });
}

function readManifests(root, paths) {
  const found = paths.filter((path) => /(^|\/)package\.json$/.test(path));
  if (existsSync(join(root, "package.json"))) found.unshift("package.json");
  return found.map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, text, room: /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1], json: JSON.parse(text) };
  });
}

function memoryHost(root, typed) {
  return {
    getSourceFile: (path, options) => {
      const file = typed.get(path);
      return file && ts.createSourceFile(path, file.text, options, true);
    },
    fileExists: (path) => typed.has(path),
    readFile: (path) => typed.get(path)?.text,
    getDefaultLibFileName: () => "",
    getCurrentDirectory: () => root,
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    writeFile: () => {},
  };
}
