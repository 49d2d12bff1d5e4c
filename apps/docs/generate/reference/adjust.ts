/** What the reference changes in TypeDoc's model of the packages before it groups and renders it. */
import {
  Comment,
  CommentTag,
  type Context,
  type DeclarationReflection,
  ParameterReflection,
  type ProjectReflection,
  type ReferenceType,
  ReflectionFlag,
  ReflectionKind,
  SignatureReflection,
  type SomeType,
} from "typedoc";
import { categoryOf, referencePackages, typesCategory } from "./packages.ts";

/** Names that the umbrella re-exports, which the pages say. */
export type UmbrellaNames = ReadonlySet<string>;

/** Gives modules their packages' names, symbols their categories, and ops their signatures; lists what the umbrella re-exports. */
export function adjust({ project }: Context): UmbrellaNames {
  const umbrella = new Set<string>();
  for (const module of project.children ?? []) {
    const source = referencePackages.find(({ folder }) => module.name === `${folder}/src` || module.name === folder);
    if (source === undefined) throw new Error(`the reference has no row for the entry point ${module.name}`);
    module.name = source.folder;
    for (const child of [...(module.children ?? [])]) {
      if (child.kindOf(ReflectionKind.Reference)) {
        if (source.folder === "tapegrad") umbrella.add(child.name);
        project.removeReflection(child);
        continue;
      }
      if (source.folder === "tapegrad") umbrella.add(child.name);
      asFunction(project, child);
      const file = child.sources?.[0]?.fileName.replace(/^.*\/src\//, "").replace(/(\.d)?\.ts$/, "") ?? "";
      categorise(child, child.kindOf(ReflectionKind.SomeType) ? typesCategory : categoryOf(source, file));
    }
  }
  return umbrella;
}

/** Marks the symbol's first docstring, where it has none of another category. */
function categorise(reflection: DeclarationReflection, category: string): void {
  const bearers = reflection.signatures ?? [reflection];
  if (bearers.some(({ comment }) => comment?.getTag("@category") !== undefined)) return;
  const [bearer = reflection] = bearers;
  bearer.comment ??= new Comment();
  bearer.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]));
}

/** An op is a constant of type `Op<[x: TensorLike, …]>`: a function, as far as readers are concerned. */
function asFunction(project: ProjectReflection, constant: DeclarationReflection): void {
  const type = constant.type;
  if (!constant.kindOf(ReflectionKind.Variable) || type?.type !== "reference" || type.name !== "Op") return;
  const [inputs] = type.typeArguments ?? [];
  if (inputs?.type !== "tuple") return;
  constant.kind = ReflectionKind.Function;
  constant.flags.setFlag(ReflectionFlag.Const, false);
  const signature = new SignatureReflection(constant.name, ReflectionKind.CallSignature, constant);
  project.registerReflection(signature, undefined, undefined);
  if (constant.comment !== undefined) signature.comment = constant.comment;
  delete constant.comment;
  signature.type = tensorType(project) ?? type;
  signature.parameters = inputs.elements.map((element, i) => {
    const named = element.type === "namedTupleMember" ? element : undefined;
    const name = named?.name ?? `x${i}`;
    const parameter = new ParameterReflection(name, ReflectionKind.Parameter, signature);
    parameter.type = withoutName(element);
    if (named?.isOptional === true) parameter.flags.setFlag(ReflectionFlag.Optional, true);
    project.registerReflection(parameter, undefined, undefined);
    return parameter;
  });
  constant.signatures = [signature];
  delete constant.type;
}

function withoutName(type: SomeType): SomeType {
  return type.type === "namedTupleMember" ? type.element : type;
}

/** A reference to `Tensor`, as any function that returns one has it. */
function tensorType(project: ProjectReflection): ReferenceType | undefined {
  for (const signature of project.getReflectionsByKind(ReflectionKind.CallSignature)) {
    const { type } = signature as SignatureReflection; // What the kind says.
    if (type?.type === "reference" && type.name === "Tensor") return type;
  }
  return undefined;
}

/** Removes members that a class has from a class with its own page, since that page has them. */
export function removeInherited(project: ProjectReflection): void {
  const classes = project.getReflectionsByKind(ReflectionKind.Class) as DeclarationReflection[]; // What the kind says.
  const origin = (member: DeclarationReflection): string =>
    `${member.sources?.[0]?.fileName}:${member.sources?.[0]?.line}:${member.name}`;
  const isInherited = (member: DeclarationReflection): boolean =>
    member.inheritedFrom !== undefined || member.signatures?.some((one) => one.inheritedFrom !== undefined) === true;
  const own = new Set(classes.flatMap(({ children = [] }) => children.filter((one) => !isInherited(one)).map(origin)));
  for (const { children = [] } of classes)
    for (const member of [...children])
      if (isInherited(member) && own.has(origin(member))) project.removeReflection(member);
}

/** Where a member is declared, and what it overrides, says nothing to a reader of the reference. */
export function forgetOrigins(project: ProjectReflection): void {
  for (const reflection of Object.values(project.reflections)) {
    if (!reflection.isDeclaration() && !reflection.isSignature()) continue;
    delete reflection.sources;
    delete reflection.overwrites;
    delete reflection.inheritedFrom;
    delete reflection.implementationOf;
  }
}
