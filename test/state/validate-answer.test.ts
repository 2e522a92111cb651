import { describe, expect, test } from 'vitest';
import type { StandardSchema } from '../../decorators/standard-schema.js';
import { AnswerSchemaError } from '../../src/errors/answer-schema-error.js';
import { NotPlainDataError } from '../../src/errors/not-plain-data-error.js';
import { validateAnswer } from '../../src/state/validate-answer.js';

/** A Standard Schema by hand; `validate` may do whatever a hostile one does. */
const schemaOf = (validate: (value: unknown) => unknown): StandardSchema =>
  ({ '~standard': { version: 1, vendor: 'test', validate } }) as unknown as StandardSchema;

const issuesOf = (issues: unknown) =>
  validateAnswer(
    schemaOf(() => ({ issues })),
    null,
  );

describe('an answer', () => {
  test('is what a synchronous schema makes of it, at once', () => {
    const trimmed = schemaOf((value) => ({ value: String(value).trim() }));
    expect(validateAnswer(trimmed, '  yes ')).toEqual({ value: 'yes' });
  });

  test('is what an asynchronous schema makes of it, later', async () => {
    const given = validateAnswer(
      schemaOf(async (value) => ({ value: [value] })),
      'yes',
    );
    expect(given).toBeInstanceOf(Promise);
    expect(await given).toEqual({ value: ['yes'] });
  });

  test('may be undefined', () => {
    expect(
      validateAnswer(
        schemaOf(() => ({ value: undefined })),
        undefined,
      ),
    ).toEqual({ value: undefined });
  });

  test('is a frozen copy, which the schema can’t change any more', () => {
    const kept = { list: [1] };
    const given = validateAnswer(
      schemaOf(() => ({ value: kept })),
      null,
    ) as { value: typeof kept };
    kept.list.push(2);
    expect(given).toEqual({ value: { list: [1] } });
    expect(Object.isFrozen(given.value.list)).toBe(true);
  });

  test('may come from a schema that is a function', () => {
    const schema = Object.assign(
      () => undefined,
      schemaOf((value) => ({ value })),
    );
    expect(validateAnswer(schema, 1)).toEqual({ value: 1 });
  });

  test('is validated by a method that uses `this`', () => {
    const standard = {
      version: 1,
      vendor: 'test',
      validate(value: unknown) {
        return { value: [this.vendor, value] };
      },
    };
    expect(validateAnswer({ '~standard': standard }, 1)).toEqual({ value: ['test', 1] });
  });

  test('that the schema turns into something else than plain data is an error that says where', () => {
    const { error } = validateAnswer(
      schemaOf(() => ({ value: { at: new Date() } })),
      null,
    ) as { error: Error };
    expect(error).toBeInstanceOf(NotPlainDataError);
    expect(error.message).toBe(
      'answer.at is a Date, which is no plain data. Keep date.toISOString() or date.getTime().',
    );
  });
});

describe('issues', () => {
  test('are told one line each, with their paths as code would write them', () => {
    const issues = [
      { message: 'is no object' },
      { message: 'Expected\n  a number', path: ['items', 2, { key: 'price' }] },
      { message: 'unknown', path: ['first name', Symbol('s'), '0', '__proto__'] },
    ];
    expect(issuesOf(issues)).toEqual({
      issues: [
        'answer: is no object',
        'answer.items[2].price: Expected a number',
        'answer["first name"][Symbol(s)]["0"].__proto__: unknown',
      ],
    });
  });

  test('come from an asynchronous schema too', async () => {
    const schema = schemaOf(async () => ({ issues: [{ message: 'no', path: ['ok'] }] }));
    expect(await validateAnswer(schema, null)).toEqual({ issues: ['answer.ok: no'] });
  });

  test('are at most twenty, and no line is longer than 300 characters', () => {
    const issue = { message: 'x'.repeat(1_000_000), path: Array<string>(100_000).fill('k') };
    const { issues } = issuesOf(Array(1_000_000).fill(issue)) as { issues: string[] };
    expect(issues).toHaveLength(21);
    expect(issues[20]).toBe('and 999980 more');
    expect(issues.slice(0, 20).every((line) => line.length === 300 && line.startsWith('answer.k.k.k'))).toBe(true);
  });

  test('without one is a refusal all the same', () => {
    const silent = { issues: ['answer: the schema refuses it without saying why'] };
    expect(issuesOf([])).toEqual(silent);
    expect(issuesOf(true)).toEqual(silent);
    expect(issuesOf({ length: NaN })).toEqual(silent);
  });
});

describe('a schema that can’t say', () => {
  const bomb = new Error('bomb');
  const throwing = (): never => {
    throw bomb;
  };

  test.each<[string, unknown]>([
    ['throws', schemaOf(throwing)],
    ['rejects', schemaOf(() => Promise.reject(bomb))],
    ['has a getter that throws', Object.defineProperty({}, '~standard', { get: throwing })],
    ['gives a result whose value throws', schemaOf(() => Object.defineProperty({}, 'value', { get: throwing }))],
    [
      'gives a value that throws',
      schemaOf(() => ({ value: Object.defineProperty({}, 'x', { get: throwing, enumerable: true }) })),
    ],
    ['gives a thenable that throws', schemaOf(() => ({ then: throwing }))],
    ['gives a result that throws at every turn', schemaOf(() => new Proxy({}, { get: throwing, has: throwing }))],
    ['gives issues that throw', schemaOf(() => ({ issues: [{ message: { toString: throwing } }] }))],
    ['is a revoked proxy of its own', new Proxy({}, { get: throwing })],
  ])('because it %s is an error with its cause', async (_, schema) => {
    const { error } = (await validateAnswer(schema, null)) as { error: AnswerSchemaError };
    expect(error).toBeInstanceOf(AnswerSchemaError);
    expect(error.code).toBe('ANSWER_SCHEMA_FAILED');
    expect(error.message).toBe('The schema of an answer has thrown. See `cause` for the error itself.');
    expect(error.cause).toBe(bomb);
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'string'],
    ['an object of another kind', { parse: () => 1 }],
    ['a standard without validate', { '~standard': { version: 1 } }],
    ['a standard that is null', { '~standard': null }],
  ])('because it is %s is an error', (_, schema) => {
    const { error } = validateAnswer(schema, null) as { error: Error };
    expect(error.message).toMatch(/^The schema of an answer is no Standard Schema\. /);
  });

  test.each([undefined, null, 'value', 1, {}, []])('because it gives %j is an error', (result) => {
    const { error } = validateAnswer(
      schemaOf(() => result),
      null,
    ) as { error: Error };
    expect(error.message).toMatch(/^The schema of an answer gave neither a value nor issues\. /);
  });

  test('pollutes nothing', () => {
    const value = JSON.parse('{ "__proto__": { "polluted": true } }') as unknown;
    expect(
      JSON.stringify(
        validateAnswer(
          schemaOf(() => ({ value })),
          null,
        ),
      ),
    ).toBe('{"value":{"__proto__":{"polluted":true}}}');
    expect('polluted' in {}).toBe(false);
  });
});
