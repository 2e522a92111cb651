import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { validateAnswer } from '../../src/state/validate-answer.js';

const require = createRequire(import.meta.url);

/** What a schema library exports, as far as these tests call it; undefined where it is not installed. */
type Library = Readonly<Record<string, (...values: unknown[]) => unknown>>;

function load(name: string): Library | undefined {
  try {
    return require(name) as Library;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

const schemas: readonly (readonly [name: string, make: (library: Library) => unknown])[] = [
  ['zod', ({ object, boolean, array, number }) => object({ ok: boolean(), items: array(object({ price: number() })) })],
  [
    'valibot',
    ({ object, boolean, array, number }) => object({ ok: boolean(), items: array(object({ price: number() })) }),
  ],
  [
    'arktype',
    ({ type }) => type({ ok: 'boolean', items: (type({ price: 'number' }) as { array(): unknown }).array() }),
  ],
];

describe.each(schemas)('a schema of %s', (name, make) => {
  const library = load(name);
  const when = test.skipIf(library === undefined);
  const validate = (answer: unknown) => validateAnswer(make(library!), answer);

  when(`takes what is right (needs ${name})`, async () => {
    const answer = { ok: true, items: [{ price: 1 }, { price: 2.5 }] };
    expect(await validate(answer)).toEqual({ value: answer });
  });

  when(`says what is wrong, and where (needs ${name})`, async () => {
    const { issues } = (await validate({ ok: 'yes', items: [{ price: 1 }, { price: '2' }] })) as { issues: string[] };
    expect(issues.map((line) => line.split(':')[0]).sort()).toEqual(['answer.items[1].price', 'answer.ok']);
    expect(issues.every((line) => /: \S/.test(line) && !line.includes('\n'))).toBe(true);
  });

  when(`refuses what is no object at all (needs ${name})`, async () => {
    const { issues } = (await validate(undefined)) as { issues: string[] };
    expect(issues.length).toBeGreaterThan(0);
    expect(issues[0]).toMatch(/^answer: \S/);
  });
});

describe('a schema of zod', () => {
  const zod = load('zod');

  test.skipIf(zod === undefined)('may be asynchronous, and may change the answer (needs zod)', async () => {
    const text = zod!.string() as { refine(test: unknown): { transform(to: unknown): unknown } };
    const schema = text.refine(async (id: string) => id.startsWith('u')).transform((id: string) => ({ id }));
    expect(await validateAnswer(schema, 'u7')).toEqual({ value: { id: 'u7' } });
    expect(await validateAnswer(schema, 'x7')).toEqual({ issues: ['answer: Invalid input'] });
  });
});
