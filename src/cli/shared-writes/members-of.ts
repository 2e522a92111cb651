import { recordsOf } from '../../../decorators/record.js';
import { authorBodyOf } from '../../define/author-body.js';
import type { PipelineClass } from '../../scanner/pipeline-class.js';
import type { Parse } from './load-parser.js';
import { isSyntaxNode, type SyntaxNode } from './syntax-node.js';

/** A member of a class that has code. */
export interface CodeMember {
  /** The class that declares it. */
  readonly owner: string;
  /** `#name` of a private one. */
  readonly name: string;
  readonly functions: readonly SyntaxNode[];
}

type Named = readonly [name: string, code: SyntaxNode];

const FUNCTIONS = ['ArrowFunctionExpression', 'FunctionExpression'];

/** The members of one class that have code, its constructor included, as they are when it runs. */
export function membersOf(pipelineClass: PipelineClass, parse: Parse): readonly CodeMember[] {
  const found = new Map<string, SyntaxNode[]>();
  const add = (name: string, code: SyntaxNode | undefined): void => {
    if (code !== undefined) found.set(name, [...(found.get(name) ?? []), code]);
  };
  const parsed = new Set<unknown>();
  const addFunction = (name: string | symbol, value: unknown): void => {
    if (typeof value !== 'function' || parsed.has(value)) return;
    parsed.add(value);
    add(String(name), parseFunction(value, parse));
    addFunction(name, authorBodyOf(value));
  };
  for (const [name, code] of hiddenMembers(pipelineClass, parse)) add(name, code);
  const prototype = pipelineClass.prototype as object;
  for (const name of Reflect.ownKeys(prototype)) {
    if (name === 'constructor') continue;
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as Readonly<Record<string, unknown>>;
    for (const one of [descriptor.value, descriptor.get, descriptor.set]) addFunction(name, one);
  }
  // What another decorator has wrapped, and private methods that a compiler has moved out of the class.
  for (const { method, placement, body } of recordsOf(pipelineClass))
    if (placement !== 'static') addFunction(method, body);
  return [...found].map(([name, functions]) => ({ owner: pipelineClass.name, name, functions }));
}

/** The code of a method is its own text; a function without one, such as a bound one, can't be read. */
function parseFunction(value: object, parse: Parse): SyntaxNode | undefined {
  const source = Function.prototype.toString.call(value);
  const member = find(() => bodyOf(parse(`(class extends Object { ${source} })`))[0]?.value);
  if (isSyntaxNode(member)) return member;
  const [statement] = (find(() => parse(`(${source})`).body) ?? []) as readonly SyntaxNode[];
  return statement?.expression as SyntaxNode | undefined;
}

/** Those that no prototype has: private methods, functions in fields, and the constructor. */
function hiddenMembers(pipelineClass: PipelineClass, parse: Parse): readonly Named[] {
  const source = Function.prototype.toString.call(pipelineClass);
  const members = find(() => bodyOf(parse(`(${source})`))) ?? [];
  return members.flatMap(({ static: isStatic, type, key, value, kind, computed }) => {
    if (isStatic || computed || !isSyntaxNode(key) || !isSyntaxNode(value)) return [];
    const name = key.type === 'PrivateIdentifier' ? `#${String(key.name)}` : String(key.name);
    if (kind === 'constructor') return [[name, value], ...assignedFunctions(value)] as const;
    const code = type === 'PropertyDefinition' ? functionIn(value) : name.startsWith('#') ? value : undefined;
    return code === undefined ? [] : [[name, code] as const];
  });
}

/** A function, also as the argument of a call that names or wraps it. */
function functionIn(value: SyntaxNode): SyntaxNode | undefined {
  if (FUNCTIONS.includes(value.type)) return value;
  const [first] = value.type === 'CallExpression' ? (value.arguments as readonly SyntaxNode[]) : [];
  return first !== undefined && FUNCTIONS.includes(first.type) ? first : undefined;
}

/** Functions in fields, where the compiler has moved them into the constructor. */
function assignedFunctions(constructor: SyntaxNode): readonly Named[] {
  const { body } = constructor.body as { readonly body: readonly { readonly expression?: SyntaxNode }[] };
  return body.flatMap(({ expression }): Named[] => {
    const [target, value] = assignmentOf(expression);
    const code = isSyntaxNode(value) ? functionIn(value) : undefined;
    if (!isSyntaxNode(target) || code === undefined) return [];
    const { name, value: text } = (target.property ?? target) as SyntaxNode;
    return [[String(name ?? text), code]];
  });
}

/** As TypeScript writes it, and as esbuild does: `this.name = value`, `__publicField(this, "name", value)`. */
function assignmentOf(expression: SyntaxNode | undefined): readonly unknown[] {
  if (expression?.type === 'AssignmentExpression') return [expression.left, expression.right];
  return expression?.type === 'CallExpression' ? (expression.arguments as readonly unknown[]).slice(1) : [];
}

/** The members of a program that is one class expression. */
function bodyOf(program: SyntaxNode): readonly SyntaxNode[] {
  const [{ expression }] = program.body as readonly [{ readonly expression: SyntaxNode }];
  return (expression as unknown as { readonly body: { readonly body: readonly SyntaxNode[] } }).body.body;
}

/** A text that is no such program is nothing. */
function find<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
