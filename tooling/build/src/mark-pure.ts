/**
 * Tells bundlers that the initialisers of a module's constants have no side effects, so that a constant that nobody uses leaves
 * the bundle together with all that it refers to. Statements at the top level stay as they are.
 */
import MagicString from "magic-string";
import type { Plugin } from "rolldown";
import { type ESTree, parseSync } from "rolldown/utils";

export function markPure(): Plugin {
  return {
    name: "mark-pure",
    renderChunk(code, { fileName }) {
      const marked = new MagicString(code);
      for (const statement of parseSync(fileName, code).program.body) {
        const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
        if (declaration?.type !== "VariableDeclaration") continue;
        for (const { id, init } of declaration.declarations) {
          if (init === null || isInert(init) || hasStaticBlock(init)) continue;
          if (isCallOfInert(init)) {
            marked.appendLeft(init.start, "/* @__PURE__ */ ");
          } else {
            // A class is named after its variable, which inside of a function it has not.
            if (init.type === "ClassExpression" && init.id === null && id.type === "Identifier") {
              marked.appendLeft(init.start + "class".length, ` ${id.name}`);
            }
            marked.appendLeft(init.start, "/* @__PURE__ */ (() => (").appendRight(init.end, "))()");
          }
        }
      }
      return { code: marked.toString(), map: marked.generateMap({ hires: "boundary" }) };
    },
  };
}

/** A class with a block that runs when the class is made, most likely to change something outside of it. */
function hasStaticBlock(node: ESTree.Expression): boolean {
  return node.type === "ClassExpression" && node.body.body.some((member) => member.type === "StaticBlock");
}

/** A call of a name with arguments that bundlers see to be free of effects, for which a mark suffices. */
function isCallOfInert(node: ESTree.Expression): boolean {
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return false;
  return node.callee.type === "Identifier" && node.arguments.every(isInert);
}

/** Whether every bundler sees by itself that evaluating this has no effect. */
function isInert(node: ESTree.Expression | ESTree.SpreadElement): boolean {
  switch (node.type) {
    case "Literal":
    case "Identifier":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return true;
    case "TemplateLiteral":
      return node.expressions.length === 0;
    case "UnaryExpression":
      return node.argument.type === "Literal";
    case "ArrayExpression":
      return node.elements.every((element) => element === null || isInert(element));
    case "ObjectExpression":
      return node.properties.every(
        (property) => property.type === "Property" && !property.computed && isInert(property.value),
      );
    case "ClassExpression":
      return (node.superClass === null || node.superClass.type === "Identifier") && node.body.body.every(isInertMember);
    default:
      return false;
  }
}

/** A static property has an initialiser, and a computed name is an expression, such as `Symbol.iterator`. */
function isInertMember(member: ESTree.ClassElement): boolean {
  return (
    (member.type === "MethodDefinition" && !member.computed) ||
    (member.type === "PropertyDefinition" && !member.computed && !member.static)
  );
}
