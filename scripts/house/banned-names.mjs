// Finds uses of the machine's clock, chance and environment by what a name means, not by how it is spelled:
// a local variable called Date is none, `const { random } = Math` and `import { randomUUID as id }` are.
import ts from "typescript";
import { OWN_ENVIRONMENT, OWN_TIME } from "./rooms.mjs";
import { lineOf } from "./tree.mjs";

/** What is banned, by its dotted name; `*` bans everything of that module. */
const BANNED = {
  clock: [
    "Date",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "performance",
    "scheduler",
    "Temporal",
    "AbortSignal.timeout",
    "process.hrtime",
    "process.uptime",
    "process.getBuiltinModule",
    "timers.*",
    "timers/promises.*",
    "perf_hooks.*",
  ],
  chance: [
    "Math.random",
    "crypto.randomUUID",
    "crypto.getRandomValues",
    "crypto.randomBytes",
    "crypto.randomInt",
    "crypto.randomFill",
    "crypto.randomFillSync",
    "crypto.webcrypto",
  ],
  environment: ["process.env", "process.loadEnvFile"],
};

const RULE_OF = new Map(Object.entries(BANNED).flatMap(([rule, names]) => names.map((name) => [name, rule])));

/** Objects that hold banned members; handing one on whole would hide the member's use. */
const HOLDERS = ["Math", "crypto", "process", "globalThis"];

const GLOBAL_OBJECTS = ["globalThis", "global", "window", "self"];
const MODULES = ["timers", "timers/promises", "perf_hooks", "crypto", "process"];

const FIX = {
  clock: "take a Runtime and use its clock (now, wall, timer)",
  chance: "take a Runtime and use its random, or newId from @fairlead/runtime",
  environment: "take the value as a parameter; only gateway/config and cli read the environment",
};

/** Findings of the rules clock, chance, environment in the source of the rooms. */
export function checkBannedNames(tree) {
  return tree.files.flatMap((file) => {
    if (!file.isSource || file.ast === undefined) return [];
    const rules = new Set();
    if (!OWN_TIME.includes(file.room)) rules.add("clock").add("chance");
    if (!OWN_ENVIRONMENT.some((prefix) => file.path.startsWith(prefix))) rules.add("environment");
    return findIn(file, tree.checker, rules);
  });
}

function findIn(file, checker, rules) {
  const { ast } = file;
  const found = new Map();

  const report = (node, rule, name, message = `uses ${name}`) => {
    if (!rules.has(rule)) return;
    const line = lineOf(ast, node);
    found.set(`${line} ${name}`, { file: file.path, line, rule, name, message, fix: FIX[rule] });
  };
  /** A dotted path that some code reaches: is it, or what it belongs to, banned? */
  const use = (node, path) => {
    const name = path.join(".");
    for (let length = 1; length <= path.length; length += 1) {
      const prefix = path.slice(0, length).join(".");
      if (RULE_OF.has(prefix)) return report(node, RULE_OF.get(prefix), prefix);
    }
    if (RULE_OF.has(`${path[0]}.*`)) report(node, RULE_OF.get(`${path[0]}.*`), name);
  };
  const conceal = (node, path, how) => {
    const holder = path.length === 0 ? "globalThis" : path.join(".");
    if (!HOLDERS.includes(holder)) return;
    const rule = ["clock", "chance", "environment"].find(
      (each) =>
        rules.has(each) && (holder === "globalThis" || BANNED[each].some((name) => name.startsWith(`${holder}.`))),
    );
    if (rule) report(node, rule, holder, `${how} ${holder} whole, which hides what is used of it`);
  };

  /** The dotted path an expression stands for, from a global or a watched module; [] is the global object itself. */
  const pathOf = (node) => {
    if (ts.isIdentifier(node)) return pathOfName(node);
    if (ts.isPropertyAccessExpression(node)) return extend(pathOf(node.expression), node.name.text);
    if (ts.isElementAccessExpression(node)) {
      const key = node.argumentExpression;
      return ts.isStringLiteralLike(key) ? extend(pathOf(node.expression), key.text) : undefined;
    }
    if (ts.isAwaitExpression(node)) return pathOf(node.expression);
    if (ts.isCallExpression(node)) return pathOfLoad(node);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken) return pathOf(node.right);
    const inner = ts.skipOuterExpressions(node);
    return inner === node ? undefined : pathOf(inner);
  };
  const pathOfName = (identifier) => {
    const shorthand = ts.isShorthandPropertyAssignment(identifier.parent);
    const symbol = shorthand
      ? checker.getShorthandAssignmentValueSymbol(identifier.parent)
      : checker.getSymbolAtLocation(identifier);
    const declaration = symbol?.declarations?.[0];
    if (declaration === undefined) return GLOBAL_OBJECTS.includes(identifier.text) ? [] : [identifier.text];
    return pathOfImport(declaration);
  };
  const pathOfImport = (declaration) => {
    const whole =
      ts.isNamespaceImport(declaration) || (ts.isImportClause(declaration) && declaration.name !== undefined);
    if (!whole && !ts.isImportSpecifier(declaration)) return undefined;
    const module = moduleName(ts.findAncestor(declaration, ts.isImportDeclaration).moduleSpecifier);
    if (module === undefined) return undefined;
    const name = (declaration.propertyName ?? declaration.name).text;
    return whole || name === "default" ? [module] : [module, name];
  };
  const pathOfLoad = (call) => {
    const isLoad = call.expression.kind === ts.SyntaxKind.ImportKeyword || call.expression.getText(ast) === "require";
    const module = isLoad && call.arguments[0] ? moduleName(call.arguments[0]) : undefined;
    return module === undefined ? undefined : [module];
  };

  /** `const { a: { b }, ...rest } = path` and its assignment form. */
  const takeApart = (pattern, path) => {
    const elements = ts.isObjectBindingPattern(pattern)
      ? pattern.elements
      : ts.isObjectLiteralExpression(pattern)
        ? pattern.properties
        : [];
    for (const element of elements) {
      if (element.dotDotDotToken || ts.isSpreadAssignment(element)) conceal(element, path, "takes the rest of");
      else {
        const key = element.propertyName ?? element.name;
        const name = ts.isComputedPropertyName(key) ? key.expression : key;
        if (!ts.isIdentifier(name) && !ts.isStringLiteralLike(name)) conceal(element, path, "takes a computed part of");
        else {
          const target = ts.isPropertyAssignment(element) ? element.initializer : element.name;
          use(element, extend(path, name.text));
          takeApart(target, extend(path, name.text));
        }
      }
    }
  };

  const visit = (node) => {
    if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isImportDeclaration(node)) return checkImport(node);
    if (ts.isExportDeclaration(node)) return checkReExport(node);
    if (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) {
      const path = node.initializer && pathOf(node.initializer);
      if (path && ts.isObjectBindingPattern(node.name)) {
        takeApart(node.name, path);
        return;
      }
    }
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isObjectLiteralExpression(node.left)
    ) {
      const path = pathOf(node.right);
      if (path) {
        takeApart(node.left, path);
        return;
      }
    }
    if (isReference(node)) {
      const path = pathOf(node);
      if (path) {
        use(node, path);
        if (isHandedOn(node)) conceal(node, path, "hands on");
        // The parts of a resolved chain were judged with it.
        if (!ts.isCallExpression(node)) return visitComputed(node);
      }
    }
    ts.forEachChild(node, visit);
  };
  const visitComputed = (node) => {
    if (ts.isElementAccessExpression(node)) visit(node.argumentExpression);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) visitComputed(node.expression);
  };
  const checkImport = (node) => {
    const module = moduleName(node.moduleSpecifier);
    if (module === undefined || node.importClause?.isTypeOnly) return;
    const bindings = node.importClause?.namedBindings;
    if (RULE_OF.has(`${module}.*`)) use(node, [module, "*"]);
    else if (bindings && ts.isNamedImports(bindings)) {
      for (const each of bindings.elements)
        if (!each.isTypeOnly) use(each, [module, (each.propertyName ?? each.name).text]);
    }
  };
  const checkReExport = (node) => {
    const module = node.moduleSpecifier && moduleName(node.moduleSpecifier);
    if (module === undefined || node.isTypeOnly) return;
    const names = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : undefined;
    if (RULE_OF.has(`${module}.*`)) use(node, [module, "*"]);
    else if (names === undefined) conceal(node, [module], "re-exports");
    else for (const each of names) use(each, [module, (each.propertyName ?? each.name).text]);
  };

  visit(ast);
  return [...found.values()];
}

function extend(path, name) {
  if (path === undefined) return undefined;
  return path.length === 0 && GLOBAL_OBJECTS.includes(name) ? [] : [...path, name];
}

function moduleName(specifier) {
  const name = ts.isStringLiteralLike(specifier) ? specifier.text.replace(/^node:/, "") : undefined;
  return MODULES.includes(name) ? name : undefined;
}

/** An expression that could stand for a value, and is no name being declared or a key. */
function isReference(node) {
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isCallExpression(node))
    return true;
  if (!ts.isIdentifier(node)) return false;
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isPropertyAccessExpression(parent) || ts.isMetaProperty(parent)) return parent.name !== node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  return parent.name !== node;
}

function isHandedOn(node) {
  const { parent } = node;
  if (ts.isTypeOfExpression(parent)) return false;
  if (ts.isPropertyAccessExpression(parent)) return false;
  if (ts.isElementAccessExpression(parent))
    return !ts.isStringLiteralLike(parent.argumentExpression) && parent.expression === node;
  if (
    ts.isAsExpression(parent) ||
    ts.isParenthesizedExpression(parent) ||
    ts.isNonNullExpression(parent) ||
    ts.isAwaitExpression(parent)
  )
    return isHandedOn(parent);
  return !ts.isExpressionStatement(parent);
}
