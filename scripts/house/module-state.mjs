// Finds what happens when a file is imported: calls and awaits at the top level, and values that can change afterwards.
import ts from "typescript";
import { lineOf } from "./tree.mjs";

/** Constructors whose objects hold no state worth the name, or only what they are given. */
const PLAIN = new Set(["RegExp", "TextEncoder", "URL", "Uint8Array", "Error", "Intl.NumberFormat", "Intl.Collator"]);

/** Constructors that are tables when filled at once, and state when made empty. */
const TABLES = new Set(["Map", "Set", "Array"]);

/** Modules whose calls touch the world. */
const WORLD =
  /^(node:)?(fs|fs\/promises|child_process|http|https|http2|net|tls|dgram|dns|dns\/promises|os|worker_threads|cluster|process|readline|module)$/;

const FIX_EFFECT = "importing a file does nothing: move it into a function that a caller calls";
const FIX_STATE = "no module state: make it part of what a factory returns, or pass it in";

/** Findings of the rules side-effect and module-state in the source of the rooms (a bin is meant to run). */
export function checkModuleState(tree) {
  return tree.files.flatMap((file) => {
    if (!file.isSource || file.ast === undefined || file.path.includes("/bin/")) return [];
    return findIn(file);
  });
}

function findIn(file) {
  const { ast } = file;
  const world = namesFromWorld(ast);
  const findings = [];
  const report = (node, rule, name, message) => {
    findings.push({
      file: file.path,
      line: lineOf(ast, node),
      rule,
      name,
      message,
      fix: rule === "side-effect" ? FIX_EFFECT : FIX_STATE,
    });
  };

  const checkInitializer = (node, name) => {
    if (isFunction(node)) return;
    if (ts.isClassExpression(node)) return checkClass(node);
    if (ts.isAwaitExpression(node)) report(node, "side-effect", name, "awaits at the top level");
    else if (ts.isCallExpression(node) && isWorld(node, world))
      report(node, "side-effect", name, `calls ${node.expression.getText(ast)} when imported`);
    else if (ts.isNewExpression(node)) checkNew(node, name);
    ts.forEachChild(node, (child) => checkInitializer(child, name));
  };
  const checkNew = (node, name) => {
    const made = node.expression.getText(ast);
    if (PLAIN.has(made)) return;
    if (TABLES.has(made) && (node.arguments?.length ?? 0) > 0) return;
    report(node, "module-state", name, `holds a new ${made}() for the life of the process`);
  };
  const checkVariables = (list) => {
    const isConst = (list.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const;
    for (const each of list.declarations) {
      const name = each.name.getText(ast);
      if (!isConst) report(each, "module-state", name, `"${name}" can be changed: it is no const`);
      else if (each.initializer) {
        if (isEmpty(each.initializer) && !isReadonly(each.type))
          report(each, "module-state", name, `"${name}" starts empty, so it is filled later`);
        checkInitializer(each.initializer, name);
      }
    }
  };
  const checkClass = (node) => {
    for (const member of node.members) {
      if (ts.isClassStaticBlockDeclaration(member))
        report(member, "side-effect", "static", "a static block runs when imported");
      if (
        !ts.isPropertyDeclaration(member) ||
        !member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
      )
        continue;
      const name = member.name.getText(ast);
      const isFixed = member.modifiers.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword);
      if (!isFixed) report(member, "module-state", name, `static "${name}" can be changed: it is not readonly`);
      if (member.initializer) checkInitializer(member.initializer, name);
    }
  };

  for (const statement of ast.statements) {
    if (ts.isVariableStatement(statement)) checkVariables(statement.declarationList);
    else if (ts.isClassDeclaration(statement)) checkClass(statement);
    else if (ts.isExportAssignment(statement)) checkInitializer(statement.expression, "default");
    else if (ts.isImportDeclaration(statement) && statement.importClause === undefined) {
      report(statement, "side-effect", statement.moduleSpecifier.text, "imports a file only for what it does");
    } else if (!isInert(statement)) {
      report(statement, "side-effect", firstWords(statement, ast), `runs when imported: ${firstWords(statement, ast)}`);
    }
  }
  return findings;
}

function isInert(statement) {
  return (
    ts.isImportDeclaration(statement) ||
    ts.isImportEqualsDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isModuleDeclaration(statement) ||
    ts.isEmptyStatement(statement)
  );
}

function isFunction(node) {
  return ts.isFunctionLike(node);
}

function isEmpty(node) {
  if (ts.isSatisfiesExpression(node)) return isEmpty(node.expression);
  if (ts.isAsExpression(node)) return node.type.getText() !== "const" && isEmpty(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0;
  return ts.isObjectLiteralExpression(node) && node.properties.length === 0;
}

function isReadonly(type) {
  return type !== undefined && /^(readonly |Readonly|ReadonlyArray|ReadonlyMap)/.test(type.getText());
}

/** Local names of what a file imports from modules that touch the world. */
function namesFromWorld(ast) {
  const names = new Set(["console", "process", "fetch", "require", "queueMicrotask"]);
  for (const statement of ast.statements) {
    if (!ts.isImportDeclaration(statement) || !WORLD.test(statement.moduleSpecifier.text)) continue;
    const { name, namedBindings } = statement.importClause ?? {};
    if (name) names.add(name.text);
    if (namedBindings && ts.isNamespaceImport(namedBindings)) names.add(namedBindings.name.text);
    else for (const each of namedBindings?.elements ?? []) names.add(each.name.text);
  }
  return names;
}

function isWorld(call, world) {
  let callee = call.expression;
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  while (ts.isPropertyAccessExpression(callee) || ts.isElementAccessExpression(callee) || ts.isCallExpression(callee))
    callee = callee.expression;
  return ts.isIdentifier(callee) && world.has(callee.text);
}

function firstWords(statement, ast) {
  const text = statement.getText(ast).replace(/\s+/g, " ");
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
