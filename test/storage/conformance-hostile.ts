import { expect, test } from 'vitest';
import type { UseStorage } from './conformance.js';
import { HOSTILE_TEXTS } from './hostile-texts.js';
import { recordOf } from './record-of.js';

export function hostileRecords(use: UseStorage): void {
  test('with hostile ids, names and texts come back as they were, each its own', async () => {
    const store = use().open();
    const all = HOSTILE_TEXTS.map((text, n) =>
      recordOf(text, { pipeline: text, fingerprint: text, text, startedAt: n, state: { [text]: text }, outputs: {} }),
    );
    for (const record of all) await store.save(record);
    for (const record of all) expect(await store.get(record.runId)).toEqual(record);
    for (const { pipeline } of all) {
      expect((await store.list({ pipeline })).runs.map(({ runId }) => runId)).toEqual([pipeline]);
    }
    expect((await store.list({ limit: 1_000 })).runs.map(({ runId }) => runId)).toEqual([...HOSTILE_TEXTS].reverse());
    for (const { runId } of all) expect(await store.delete(runId)).toBe(true);
    expect(await store.list()).toEqual({ runs: [] });
  });

  test('with fields named __proto__ come back as data', async () => {
    const store = use().open();
    const state = JSON.parse('{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": 2 } }') as object;
    const record = Object.defineProperty({ ...recordOf('r', { state }) }, '__proto__', {
      value: [3],
      enumerable: true,
    });
    await store.save(record);
    const found = (await store.get('r'))!;
    expect(JSON.stringify(found.state)).toBe(JSON.stringify(state));
    expect(Object.getOwnPropertyDescriptor(found, '__proto__')?.value).toEqual([3]);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  test('of twenty million characters come back as they were', { timeout: 60_000 }, async () => {
    const store = use().open();
    const text = 'long "text" \u{1F600} '.repeat(1_500_000);
    expect(text.length).toBeGreaterThanOrEqual(20_000_000);
    await store.save(recordOf('r', { text }));
    const found = await store.get('r');
    // Compared by hand: a failing matcher would print both.
    expect(found?.text === text).toBe(true);
    expect((await store.list()).runs[0]).not.toHaveProperty('text');
  });

  test('that are too long are refused by their largest field, and the old one stays', async () => {
    const store = use().open({ maxLength: 2_000 });
    await store.save(recordOf('r'));
    await expect(
      store.save(recordOf('r', { text: 'é'.repeat(1_000), state: 'x'.repeat(1_500) })),
    ).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message:
        'The record of a run is longer than 2000 characters of JSON; most of it is in state. ' +
        "Keep large data elsewhere and its key in the run, leave it out in redact(), or raise the store's maxLength.",
    });
    expect(await store.get('r')).toEqual(recordOf('r'));
  });

  test.each<[string, object, string]>([
    ['a Date', { state: { at: new Date(0) } }, 'record.state.at is a Date, which is no plain data.'],
    ['a function', { outputs: { f: () => 1 } }, 'record.outputs.f is a function, which is no plain data.'],
    ['NaN', { startedAt: NaN }, 'record.startedAt is NaN, which is no plain data.'],
    ['Infinity', { endedAt: Infinity }, 'record.endedAt is Infinity, which is no plain data.'],
    ['another version', { v: 2 }, 'v is not 1.'],
    ['no version', { v: undefined }, 'v is not 1.'],
    ['an empty id', { runId: '' }, 'runId is not a text that is not empty.'],
    ['an id that is a number', { runId: 1 }, 'runId is not a text that is not empty.'],
    ['no pipeline', { pipeline: undefined }, 'pipeline is not a text that is not empty.'],
    [
      'an unknown status',
      { status: 'done' },
      'status is not one of running, success, failed, cancelled, timeout, susp',
    ],
    ['a status of toString', { status: 'toString' }, 'status is not one of '],
    ['segment 0', { segment: 0 }, 'segment is not a whole number from 1 on.'],
    ['a start that is a text', { startedAt: '1' }, 'startedAt is not a number.'],
    ['an end that is null', { endedAt: null }, 'endedAt is not a number.'],
    ['a ledger that is an array', { ledger: [] }, 'ledger is not an object.'],
    ['steps that are an object', { steps: {} }, 'steps is not an array.'],
    ['no text', { text: undefined }, 'text is not a text.'],
    ['an error that is a text', { error: 'no' }, 'error is not an object.'],
    ['a checkpoint that is a text', { checkpoint: '{}' }, 'checkpoint is not an object.'],
    ['asks that are an object', { asks: {} }, 'asks is not an array.'],
  ])('with %s are refused', async (_, fields, message) => {
    const store = use().open();
    await expect(store.save({ ...recordOf('r'), ...fields })).rejects.toThrow(message);
    expect(await store.list()).toEqual({ runs: [] });
  });

  test.each([undefined, null, 'record', 7, [], new Map()])('that are %o are refused', async (record) => {
    await expect(
      use()
        .open()
        .save(record as never),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:INVALID_RECORD|NOT_PLAIN_DATA)$/),
    });
  });

  test('that contain themselves, or are nested without end, are refused', async () => {
    const store = use().open();
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    await expect(store.save(recordOf('r', { state: cycle }))).rejects.toThrow('is an object that contains itself');
    let deep: object = {};
    for (let level = 0; level < 10_000; level++) deep = { deep };
    await expect(store.save(recordOf('r', { state: deep }))).rejects.toThrow('nested more than 1000 levels deep');
  });
}
