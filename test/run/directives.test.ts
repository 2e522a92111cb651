import { describe, expect, it } from 'vitest';
import { DIRECTIVE, type Directive } from '../../decorators/directive.js';
import { call, goto, isDirective, retry, skip, stop, suspend } from '../../src/run/directives.js';

const schema = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value: String(value) }) },
} as const;
const pipeline = { '~types': { state: { q: '' }, context: undefined } };

const made: [string, Directive<string>, object][] = [
  ['skip', skip(), {}],
  ['stop', stop(), {}],
  ['goto', goto('answer', [1]), { step: 'answer', input: [1] }],
  ['retry', retry({ delay: 5 }), { delay: 5 }],
  ['suspend', suspend('sure?', { answer: schema, expiresIn: 9 }), { ask: 'sure?', answer: schema, expiresIn: 9 }],
  ['call', call(pipeline, { q: 'x' }), { pipeline, state: { q: 'x' } }],
];

describe('a directive', () => {
  it.each(made)('%s() says what it is and what was given', (kind, directive, facts) => {
    expect(directive).toEqual({ '~directive': kind, ...facts });
  });

  it.each(made)('%s() is known by its brand, which no JSON can carry', (_kind, directive) => {
    expect(isDirective(directive)).toBe(true);
    expect(isDirective(structuredClone({ ...directive, pipeline: undefined, answer: undefined }))).toBe(false);
    expect(Object.keys(directive)).not.toContain(DIRECTIVE);
    expect(DIRECTIVE).toBe(Symbol.for('stepstream/directive@1'));
  });

  it.each(made)('%s() can not be changed', (_kind, directive) => {
    expect(Object.isFrozen(directive)).toBe(true);
  });

  it('keeps what it was given as it is: neither copied nor frozen', () => {
    const input = { hits: [1] };
    const state = { q: '' };
    const ask = { amount: 1 };
    expect(goto('answer', input).input).toBe(input);
    expect(call(pipeline, state)).toMatchObject({ pipeline, state });
    expect(call(pipeline, state).state).toBe(state);
    expect(suspend(ask).ask).toBe(ask);
    expect([input, state, ask].filter((value) => Object.isFrozen(value))).toEqual([]);
  });

  it('takes nothing from its options but what it knows, so that no option can rename it', () => {
    const wild = { '~directive': 'stop', step: 'x', delay: 5 } as object;
    expect(retry(wild)).toEqual({ '~directive': 'retry', delay: 5 });
    expect(suspend('sure?', wild)).toEqual({ '~directive': 'suspend', ask: 'sure?' });
  });

  it('has no options where none were given', () => {
    expect(goto('answer')).toEqual({ '~directive': 'goto', step: 'answer', input: undefined });
    expect(retry()).toEqual({ '~directive': 'retry', delay: undefined });
    expect(suspend(null)).toEqual({ '~directive': 'suspend', ask: null, answer: undefined, expiresIn: undefined });
  });
});

describe('what only looks like a directive', () => {
  it.each([
    ['the same fields', { '~directive': 'stop' }],
    ['parsed JSON', JSON.parse('{"~directive":"goto","step":"answer"}') as unknown],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'stop'],
    ['a function', () => stop()],
  ])('is none: %s', (_what, value) => {
    expect(isDirective(value)).toBe(false);
  });
});
