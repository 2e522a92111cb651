import type { SchemaIssue, SchemaResult, StandardSchema } from '../../decorators/standard-schema.js';
import { AnswerSchemaError } from '../errors/answer-schema-error.js';
import { NotPlainDataError } from '../errors/not-plain-data-error.js';
import { toPlain } from './plain.js';

/**
 * What came of an answer: the value that the schema makes of it, what is wrong with it, one line each, or why the schema
 * could not say.
 */
export type ValidatedAnswer =
  | { readonly value: unknown; readonly issues?: undefined; readonly error?: undefined }
  | { readonly issues: readonly string[]; readonly error?: undefined }
  | { readonly error: AnswerSchemaError | NotPlainDataError; readonly issues?: undefined };

/** So many issues are told; more help nobody. */
const MOST_ISSUES = 20;
const MOST_KEYS = 50;
const LONGEST_LINE = 300;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * Asks a Standard Schema of whichever library whether an answer is right. A schema that is synchronous is answered at
 * once, others by a promise; neither throws or rejects, whatever the schema does. The value is checked for plain data and
 * copied, for it becomes a step's output.
 */
export function validateAnswer(schema: unknown, answer: unknown): ValidatedAnswer | Promise<ValidatedAnswer> {
  try {
    const standard = standardOf(schema);
    if (standard === undefined) return { error: noSchema() };
    const result = standard.validate(answer);
    return isThenable(result) ? settle(result) : judge(result);
  } catch (cause) {
    return { error: thrown(cause) };
  }
}

async function settle(result: PromiseLike<SchemaResult<unknown>>): Promise<ValidatedAnswer> {
  try {
    return judge(await result);
  } catch (cause) {
    return { error: thrown(cause) };
  }
}

/** ArkType's schemas are functions. */
function standardOf(schema: unknown): StandardSchema['~standard'] | undefined {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return undefined;
  const standard = (schema as Partial<StandardSchema>)['~standard'];
  return typeof standard?.validate === 'function' ? standard : undefined;
}

function isThenable(result: unknown): result is PromiseLike<SchemaResult<unknown>> {
  return typeof (result as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

function judge(result: SchemaResult<unknown>): ValidatedAnswer {
  if (typeof result !== 'object' || result === null) {
    return { error: new AnswerSchemaError('gave neither a value nor issues.', 'Use a Standard Schema of version 1.') };
  }
  if (result.issues) return { issues: toLines(result.issues) };
  if (!('value' in result)) {
    return { error: new AnswerSchemaError('gave neither a value nor issues.', 'Use a Standard Schema of version 1.') };
  }
  try {
    return { value: toPlain(result.value, 'answer') };
  } catch (error) {
    return { error: error instanceof NotPlainDataError ? error : thrown(error) };
  }
}

function toLines(issues: readonly SchemaIssue[]): readonly string[] {
  const lines: string[] = [];
  const count = Number(issues.length);
  for (let i = 0; i < Math.min(count, MOST_ISSUES); i++) lines.push(toLine(issues[i]));
  if (count > MOST_ISSUES) lines.push(`and ${count - MOST_ISSUES} more`);
  return lines.length > 0 ? lines : ['answer: the schema refuses it without saying why'];
}

/** `answer.items[2].price: Expected a number`. */
function toLine({ message, path }: SchemaIssue): string {
  let where = '';
  if (Array.isArray(path)) {
    const keys = path as NonNullable<SchemaIssue['path']>;
    for (let i = 0; i < Math.min(keys.length, MOST_KEYS); i++) where += toAccess(keys[i]);
  }
  const line = `answer${where}: ${String(message).slice(0, LONGEST_LINE)}`.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line;
}

function toAccess(segment: PropertyKey | { readonly key: PropertyKey }): string {
  const key = typeof segment === 'object' ? segment.key : segment;
  if (typeof key === 'number') return `[${key}]`;
  if (typeof key === 'symbol') return `[${String(key)}]`;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

const noSchema = (): AnswerSchemaError =>
  new AnswerSchemaError('is no Standard Schema.', 'Give a schema of Zod, Valibot, ArkType or another such library.');

const thrown = (cause: unknown): AnswerSchemaError =>
  new AnswerSchemaError('has thrown.', 'See `cause` for the error itself.', cause);
