/** A part of a program, as all ESTree parsers have it. */
export interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The parts that a part is made of, in their order. */
export function* childrenOf(node: SyntaxNode): Generator<SyntaxNode> {
  for (const value of Object.values(node))
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) if (isSyntaxNode(one)) yield one;
}

/** Whether a field holds a part. */
export const isSyntaxNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
