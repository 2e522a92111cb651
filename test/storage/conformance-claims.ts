import { expect, test } from 'vitest';
import { HOSTILE_TEXTS } from './hostile-texts.js';
import { recordOf } from './record-of.js';
import type { UseStorage } from './conformance.js';

export function claims(use: UseStorage): void {
  test('are won by the first, and the others get the winner’s answers', async () => {
    const store = use().open();
    expect(await store.claim('r', 2, { approve: true, why: ['cheap'] })).toEqual({ won: true });
    expect(await store.claim('r', 2, { approve: false })).toEqual({
      won: false,
      answers: { approve: true, why: ['cheap'] },
    });
  });

  test('are won once by fifty that race, through as many handles', async () => {
    const stores = Array.from({ length: 50 }, () => use().open());
    const all = await Promise.all(stores.map((store, n) => store.claim('r', 2, { n })));
    const winner = all.findIndex(({ won }) => won);
    expect(winner).toBeGreaterThanOrEqual(0);
    const expected = stores.map((_, n) => (n === winner ? { won: true } : { won: false, answers: { n: winner } }));
    expect(all).toEqual(expected);
  });

  test('of other segments and other runs are none of theirs', async () => {
    const store = use().open();
    await store.claim('r', 2, {});
    expect(await store.claim('r', 3, {})).toEqual({ won: true });
    expect(await store.claim('s', 2, {})).toEqual({ won: true });
  });

  test('that were given back can be won anew, with other answers', async () => {
    const store = use().open();
    await store.claim('r', 2, { a: 1 });
    await store.claim('r', 3, { a: 2 });
    await store.release('r', 2);
    expect(await store.claim('r', 2, { a: 3 })).toEqual({ won: true });
    expect(await store.claim('r', 2, {})).toEqual({ won: false, answers: { a: 3 } });
    expect(await store.claim('r', 3, {})).toEqual({ won: false, answers: { a: 2 } });
  });

  test('that nobody has made can be given back without harm', async () => {
    const store = use().open();
    await store.release('nobody', 2);
    expect(await store.claim('nobody', 2, {})).toEqual({ won: true });
  });

  test('share nothing with their callers', async () => {
    const store = use().open();
    const answers = { approve: { by: ['ann'] } };
    await store.claim('r', 2, answers);
    answers.approve.by.push('eve');
    const first = (await store.claim('r', 2, {})) as unknown as { readonly answers: typeof answers };
    expect(first.answers).toEqual({ approve: { by: ['ann'] } });
    first.answers.approve.by.push('eve');
    expect(await store.claim('r', 2, {})).toEqual({ won: false, answers: { approve: { by: ['ann'] } } });
  });

  test('don’t need a record of their run, and don’t make one', async () => {
    const store = use().open();
    await store.claim('r', 2, {});
    expect(await store.get('r')).toBeUndefined();
    expect(await store.list()).toEqual({ runs: [] });
  });

  test('stay when their run is saved again', async () => {
    const store = use().open();
    await store.save(recordOf('r', { status: 'suspended' }));
    await store.claim('r', 2, { a: 1 });
    await store.save(recordOf('r', { segment: 2 }));
    expect(await store.claim('r', 2, {})).toEqual({ won: false, answers: { a: 1 } });
  });

  test('tell hostile ids apart', async () => {
    const store = use().open();
    for (const [n, id] of HOSTILE_TEXTS.entries()) expect(await store.claim(id, 2, { n })).toEqual({ won: true });
    for (const [n, id] of HOSTILE_TEXTS.entries()) {
      expect(await store.claim(id, 2, {})).toEqual({ won: false, answers: { n } });
    }
  });

  test('keep hostile answers as they are', async () => {
    const store = use().open();
    const answers = JSON.parse(
      JSON.stringify(Object.fromEntries(HOSTILE_TEXTS.map((text) => [text, { [text]: [text] }]))),
    ) as object;
    await store.claim('r', 2, { ...answers });
    const lost = (await store.claim('r', 2, {})) as { answers: object };
    expect(JSON.stringify(lost.answers)).toBe(JSON.stringify(answers));
    expect(Object.getPrototypeOf(lost.answers)).toBe(Object.prototype);
  });

  test('may be told to others without what redactAnswers leaves out', async () => {
    const store = use().open({
      redactAnswers: (answers) => Object.fromEntries(Object.keys(answers).map((k) => [k, 0])),
    });
    await store.claim('r', 2, { pin: 1234 });
    expect(await store.claim('r', 2, { pin: 1 })).toEqual({ won: false, answers: { pin: 0 } });
  });

  test.each<[string, unknown[], string]>([
    ['an id that is empty', ['', 2, {}], "A run's id is a text, not an empty text."],
    ['an id that is no text', [7, 2, {}], "A run's id is a text, not 7."],
    ['a segment below 1', ['r', 0, {}], 'A segment is a whole number from 1 on, not 0.'],
    ['a segment that is no whole number', ['r', 1.5, {}], 'A segment is a whole number from 1 on, not 1.5.'],
    ['a segment that is a text', ['r', '2', {}], 'A segment is a whole number from 1 on, not "2".'],
    ['answers that are an array', ['r', 2, [1]], 'The answers of a claim are no object.'],
    ['answers that are missing', ['r', 2], 'The answers of a claim are no object.'],
    ['answers that are no plain data', ['r', 2, { at: new Date(0) }], 'answers.at is a Date, which is no plain data.'],
  ])('with %s are refused', async (_, call, message) => {
    const store = use().open();
    await expect(store.claim(...(call as Parameters<typeof store.claim>))).rejects.toThrow(message);
  });

  test('with too long answers are refused, and the segment stays free', async () => {
    const store = use().open({ maxLength: 100 });
    await expect(store.claim('r', 2, { short: 'x', long: 'x'.repeat(100) })).rejects.toThrow(
      'What a claim answers is longer than 100 characters of JSON; most of it is in long.',
    );
    expect(await store.claim('r', 2, {})).toEqual({ won: true });
  });
}
