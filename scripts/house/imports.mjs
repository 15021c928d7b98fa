// Checks who imports whom: arrows between rooms, no reaching inside a package, no rings, manifests that agree.
import { isBuiltin } from "node:module";
import { cruise } from "dependency-cruiser";
import ts from "typescript";
import { ARROWS } from "./rooms.mjs";
import { lineOf } from "./tree.mjs";

/** Findings of the rules arrow, room, inside, ring, dependency-missing, dependency-unused. */
export async function checkImports(tree) {
  const manifestOf = new Map(tree.manifests.filter(({ room }) => room).map((manifest) => [manifest.room, manifest]));
  const roomOf = new Map([...manifestOf].map(([room, { json }]) => [json.name, room]));
  const imports = tree.files
    .filter(({ ast }) => ast)
    .flatMap((file) => readImports(file).map((entry) => ({ ...entry, file })));
  const graph = await readGraph(tree);
  const findings = [];
  for (const entry of imports) {
    const to = resolve(entry, graph, roomOf);
    findings.push(...checkInside(entry, to), ...checkArrow(entry, to), ...checkDeclared(entry, to, manifestOf, tree));
  }
  for (const room of manifestOf.keys()) {
    if (room in ARROWS) continue;
    const fix = "add a row to ARROWS in scripts/house/rooms.mjs and a line to ARCHITECTURE.md";
    findings.push({
      file: `packages/${room}/package.json`,
      line: 1,
      rule: "room",
      message: `room ${room} has no row in the plan`,
      fix,
    });
  }
  findings.push(...checkUnused(imports, manifestOf, roomOf, graph), ...checkRings(imports, graph));
  return findings;
}

/** Every import of a file: static, re-export, dynamic, require and `import("x")` in a type. */
function readImports({ ast }) {
  const found = [];
  const add = (node, specifier, isType = false) => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ specifier: specifier.text, line: lineOf(ast, node), isType });
  };
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, node.importClause?.isTypeOnly);
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isExternalModuleReference(node)) add(node, node.expression);
    else if (ts.isImportTypeNode(node)) add(node, node.argument.literal, true);
    else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText(ast) === "require")
    ) {
      add(node, node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return found;
}

// dependency-cruiser resolves specifiers: relative ones, and those of packages by their exports with the "source" condition.
async function readGraph(tree) {
  const folders = ["packages", "tests", "bench"].filter((folder) => tree.folders.includes(folder));
  const { output } = await cruise(folders, {
    baseDir: tree.root,
    exclude: { path: "(^|/)(node_modules|dist|out)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["source", "import", "node", "types"] },
  });
  // dependency-cruiser with no TypeScript 6 beside it reads no .ts at all and reports a clean house.
  const seen = new Set(output.modules.map(({ source }) => source));
  const unseen = tree.files.filter(({ path, ast }) => ast && !path.startsWith("scripts/") && !seen.has(path));
  if (unseen.length > 0)
    throw new Error(`dependency-cruiser did not read ${unseen[0].path}: is typescript 6 installed beside it?`);
  const targets = new Map();
  for (const { source, dependencies } of output.modules) {
    for (const { module, resolved, couldNotResolve } of dependencies) {
      targets.set(`${source} ${module}`, couldNotResolve ? undefined : resolved);
    }
  }
  return { targets };
}

function resolve({ file, specifier }, { targets }, roomOf) {
  const path = targets.get(`${file.path} ${specifier}`);
  const isRelative = specifier.startsWith(".");
  if (isBuiltin(specifier)) return { builtin: true };
  if (isRelative) return { path, room: roomAt(path ?? join(file.path, specifier)), isRelative };
  const parts = specifier.split("/");
  const name = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  const entry = specifier.slice(name.length + 1);
  const room = roomOf.get(name);
  return { path, room, name, entry, isRelative, isHidden: room !== undefined && path === undefined };
}

function join(from, specifier) {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

function roomAt(path) {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

function checkInside({ file, specifier, line }, to) {
  const reaches = to.isRelative && to.room !== undefined && to.room !== file.room;
  if (!reaches && !to.isHidden) return [];
  const fix = "import what the package's exports offer, by package name; export it there if it is missing";
  return [{ file: file.path, line, rule: "inside", message: `"${specifier}" reaches inside room ${to.room}`, fix }];
}

function checkArrow({ file, specifier, line }, to) {
  if (!file.isSource || to.room === undefined || to.room === file.room) return [];
  const arrows = ARROWS[file.room] ?? [];
  if (arrows.includes(to.room) || arrows.includes(`${to.room}/${to.entry}`)) return [];
  const allowed = arrows.length === 0 ? "nothing" : arrows.join(", ");
  const message = `${file.room} may not import ${to.room} ("${specifier}")`;
  return [
    {
      file: file.path,
      line,
      rule: "arrow",
      message,
      fix: `${file.room} may use ${allowed}: move the code, or pass it in as a parameter`,
    },
  ];
}

function checkDeclared({ file, specifier, line }, to, manifestOf, tree) {
  const manifest = manifestOf.get(file.room);
  if (manifest === undefined || to.name === undefined || to.room === file.room) return [];
  if (file.isTest && to.room !== undefined) return [];
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest.json;
  const root = tree.manifests.find(({ path }) => path === "package.json")?.json.devDependencies;
  const declared = {
    ...dependencies,
    ...peerDependencies,
    ...optionalDependencies,
    ...(file.isTest ? { ...devDependencies, ...root } : {}),
  };
  if (to.name in declared) return [];
  const message = `"${specifier}" is not in the dependencies of ${manifest.path}`;
  return [
    { file: file.path, line, rule: "dependency-missing", message, fix: `add "${to.name}" there, pinned exactly` },
  ];
}

function checkUnused(imports, manifestOf, roomOf, graph) {
  const used = new Set();
  for (const entry of imports)
    if (entry.file.isSource) used.add(`${entry.file.room} ${resolve(entry, graph, roomOf).name}`);
  const findings = [];
  for (const [room, { path, text, json }] of manifestOf) {
    for (const name of Object.keys(json.dependencies ?? {})) {
      if (used.has(`${room} ${name}`)) continue;
      const line = text.slice(0, text.indexOf(`"${name}"`, text.indexOf('"dependencies"'))).split("\n").length;
      findings.push({
        file: path,
        line,
        rule: "dependency-unused",
        message: `nothing in ${room} imports "${name}"`,
        fix: "remove it",
      });
    }
  }
  return findings;
}

// `import type` is erased before anything runs, so types may refer to each other across files; values may not.
function checkRings(imports, { targets }) {
  const edges = new Map();
  for (const { file, specifier, line, isType } of imports) {
    const to = targets.get(`${file.path} ${specifier}`);
    if (isType || to === undefined) continue;
    if (!edges.has(file.path)) edges.set(file.path, new Map());
    edges.get(file.path).set(to, line);
  }
  const rings = new Map();
  for (const start of edges.keys()) {
    const ring = shortestRing(start, edges);
    // Reported once, from the first of its files in the alphabet.
    if (ring && start === [...ring].sort()[0]) rings.set(ring.join(" -> "), ring);
  }
  return [...rings].map(([text, [first, next = first]]) => {
    const fix = "move what both need into a file of its own that imports neither";
    return {
      file: first,
      line: edges.get(first).get(next),
      rule: "ring",
      message: `import ring: ${text} -> ${first}`,
      fix,
    };
  });
}

function shortestRing(start, edges) {
  const cameFrom = new Map();
  const queue = [start];
  for (const at of queue) {
    for (const to of edges.get(at)?.keys() ?? []) {
      if (to === start) {
        const ring = [at];
        while (ring[0] !== start) ring.unshift(cameFrom.get(ring[0]));
        return ring;
      }
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, at);
      queue.push(to);
    }
  }
  return undefined;
}
