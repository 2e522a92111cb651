import { childrenOf, isSyntaxNode, type SyntaxNode } from './syntax-node.js';

/** What the body of a method does with the instance. */
export interface Touches {
  /** What it assigns to: `this.count`. */
  readonly writes: ReadonlySet<string>;
  /** Members that it names: `count`, `#count`, `super.start`. */
  readonly mentions: ReadonlySet<string>;
}

/** What stands for the instance where a part of the body is. */
interface Scope {
  readonly bound: boolean;
  /** Variables that hold it: `const self = this`. */
  readonly aliases: Set<string>;
}

const FUNCTIONS = ['FunctionExpression', 'FunctionDeclaration'];
/** A member whose name is computed. */
const ANY = '[…]';
const BINDERS = ['bind', 'call', 'apply'];
/** Calls that compilers make of `this.#name = …`. */
const PRIVATE_WRITERS = ['__privateSet', '__privateWrapper', '__classPrivateFieldSet'];
/** Calls that write to their first argument. */
const WRITERS = /^(Object\.(assign|defineProperty|defineProperties|setPrototypeOf)|Reflect\.(set|defineProperty))$/;

/** Reads the function of a method: arrow functions inside it have its `this`, other functions have it if they are given it. */
export function touchesOf(method: SyntaxNode): Touches {
  const reader = new Reader();
  const scope: Scope = { bound: true, aliases: new Set() };
  for (const part of childrenOf(method)) reader.read(part, scope);
  return reader;
}

class Reader implements Touches {
  readonly writes = new Set<string>();
  readonly mentions = new Set<string>();

  read(node: SyntaxNode, scope: Scope): void {
    this.#note(node, scope);
    if (FUNCTIONS.includes(node.type)) return this.#readParts(node, inside(node, scope, false));
    if (node.type === 'ClassBody') return this.#readClass(node, scope);
    if (node.type === 'CallExpression') return this.#readCall(node, scope);
    this.#readParts(node, scope);
  }

  #readParts(node: SyntaxNode, scope: Scope): void {
    for (const part of childrenOf(node)) this.read(part, scope);
  }

  /** Another class has its own `this`, but for computed names. */
  #readClass(node: SyntaxNode, scope: Scope): void {
    for (const member of childrenOf(node))
      for (const part of childrenOf(member)) this.read(part, part === member.key ? scope : { ...scope, bound: false });
  }

  /** A function that is called with the instance, or is given to somebody together with it, has it as `this`. */
  #readCall(node: SyntaxNode, scope: Scope): void {
    const { callee } = node as unknown as { readonly callee: SyntaxNode };
    const args = node.arguments as readonly SyntaxNode[];
    const given = args.some((one) => isInstance(one, scope));
    const called = callee.type === 'MemberExpression' && BINDERS.includes(nameOf(callee)) ? callee.object : callee;
    for (const part of [callee, ...args]) {
      const own = part === callee ? (called as SyntaxNode) : part;
      if (given && FUNCTIONS.includes(own.type)) this.#readParts(own, inside(own, scope, true));
      else this.read(part, scope);
    }
    this.#noteWriter(textOf(callee, scope), args, scope);
  }

  #noteWriter(name: string, args: readonly SyntaxNode[], scope: Scope): void {
    if (args.length === 0 || !isInside(args[0], scope)) return;
    if (WRITERS.test(name)) this.writes.add(textOf(args[0], scope));
    // The field has become a variable: `_count`.
    else if (PRIVATE_WRITERS.includes(name)) this.writes.add(`this.#${textOf(args[1], scope).replace(/^_/, '')}`);
  }

  #note(node: SyntaxNode, scope: Scope): void {
    const { type, left, id, init, right, argument, operator } = node;
    if (type === 'VariableDeclarator') return noteAlias(id, init, scope);
    if (type === 'AssignmentExpression') {
      noteAlias(left, right, scope);
      this.#write(left, scope);
    } else if (type === 'UpdateExpression' || (type === 'UnaryExpression' && operator === 'delete'))
      this.#write(argument, scope);
    else if (type === 'ForOfStatement' || type === 'ForInStatement') this.#write(left, scope);
    else if (type === 'MemberExpression') this.#mention(node, scope);
  }

  #mention(node: SyntaxNode, scope: Scope): void {
    const object = node.object as SyntaxNode;
    if (object.type === 'Super') this.mentions.add(`super.${nameOf(node)}`);
    else if (isInstance(object, scope)) this.mentions.add(nameOf(node));
  }

  /** What is assigned to may be a pattern of several. */
  #write(target: unknown, scope: Scope): void {
    if (!isSyntaxNode(target)) return;
    if (target.type === 'MemberExpression') {
      if (isInside(target, scope)) this.writes.add(textOf(target, scope));
    } else if (target.type === 'ChainExpression') this.#write(target.expression, scope);
    else if (target.type === 'AssignmentPattern') this.#write(target.left, scope);
    else if (target.type === 'RestElement') this.#write(target.argument, scope);
    else if (target.type === 'Property') this.#write(target.value, scope);
    else if (target.type === 'ArrayPattern' || target.type === 'ObjectPattern')
      for (const part of childrenOf(target)) this.#write(part, scope);
  }
}

/** Inside a function its parameters hide variables of the same name. */
function inside(node: SyntaxNode, { aliases }: Scope, bound: boolean): Scope {
  const params = (node.params as readonly SyntaxNode[]).map(({ name }) => name);
  return { bound, aliases: new Set([...aliases].filter((alias) => !params.includes(alias))) };
}

function noteAlias(target: unknown, value: unknown, scope: Scope): void {
  if (isSyntaxNode(target) && isSyntaxNode(value) && target.type === 'Identifier' && isInstance(value, scope))
    scope.aliases.add(target.name as string);
}

const isInstance = ({ type, name }: SyntaxNode, { bound, aliases }: Scope): boolean =>
  type === 'ThisExpression' ? bound : type === 'Identifier' && aliases.has(name as string);

/** The instance itself, or something that hangs on it by names alone. */
const isInside = (node: SyntaxNode, scope: Scope): boolean =>
  node.type === 'MemberExpression'
    ? isInside(node.object as SyntaxNode, scope)
    : node.type === 'ChainExpression'
      ? isInside(node.expression as SyntaxNode, scope)
      : isInstance(node, scope);

function nameOf({ property, computed }: SyntaxNode): string {
  const { type, name, value } = property as SyntaxNode;
  if (type === 'PrivateIdentifier') return `#${name as string}`;
  return type === 'Literal' ? String(value) : computed ? ANY : (name as string);
}

/** As an author would say it; a variable that holds the instance is called `this` as well. */
function textOf(node: SyntaxNode, scope: Scope): string {
  if (node.type === 'ChainExpression') return textOf(node.expression as SyntaxNode, scope);
  if (node.type === 'MemberExpression') {
    const name = nameOf(node);
    return `${textOf(node.object as SyntaxNode, scope)}${name === ANY ? name : `.${name}`}`;
  }
  return isInstance(node, scope) ? 'this' : node.type === 'Identifier' ? (node.name as string) : '…';
}
