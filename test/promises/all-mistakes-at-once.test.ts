import { BlueprintError, Pipeline, planOf, Step, toMermaid } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';

const Wrong = buildPipeline({
  name: 'Wrong',
  extends: Pipeline as never,
  steps: [
    { name: 'start', to: ['serach', 'orphanless'] },
    { name: 'search', kind: 'streaming', body: { search() {} }.search },
    { name: 'summarise', to: ['start', 'start'], body: { async *summarise() {} }.summarise },
    { name: 'off' },
    { name: 'twice', options: { retry: -1 } },
  ],
  handlers: [{ name: 'first' }, { name: 'second' }],
}) as unknown as new () => Pipeline<object>;

const mistakesOf = (act: () => unknown): BlueprintError => {
  try {
    act();
  } catch (error) {
    if (error instanceof BlueprintError) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('promise 13: all mistakes at once, before the first run', () => {
  it('one BlueprintError lists every problem: code, where, what, remedy', () => {
    const { problems, message } = mistakesOf(() => planOf(Wrong));
    expect(problems.length).toBeGreaterThanOrEqual(6);
    for (const { code, where, what, remedy } of problems) {
      expect(code).toMatch(/^[A-Z][A-Z_]+$/);
      for (const words of [where, what, remedy, code]) expect(message).toContain(words);
    }
    const members = problems.map(({ where }) => where).join(' ');
    for (const member of ['start', 'search', 'summarise', 'off', 'twice', 'second']) expect(members).toContain(member);
  });

  it('names the nearest name where one is unknown', () => {
    const { problems } = mistakesOf(() => planOf(Wrong));
    expect(problems.find(({ what }) => what.includes('serach'))).toMatchObject({
      what: expect.stringContaining('search'),
    });
  });

  it('is the same wherever the class is used first: run, open, toMermaid, planOf (E.1)', async () => {
    const wrong = new Wrong();
    const { message } = mistakesOf(() => planOf(Wrong));
    expect(mistakesOf(() => wrong.run({})).message).toBe(message);
    expect(mistakesOf(() => toMermaid(Wrong)).message).toBe(message);
    await expect((async () => wrong.open())()).rejects.toThrow(message);
  });

  it('no step of such a class ever runs, and neither the decorators nor new throw (E.1)', () => {
    const seen: string[] = [];
    class Half extends Pipeline<object> {
      @Step({ to: 'nowhere' as never })
      work(): void {
        seen.push('work');
      }
    }
    const half = new Half();
    for (let i = 0; i < 3; i++) expect(() => half.run({})).toThrow(BlueprintError);
    expect(seen).toEqual([]);
  });
});
