import { describe, expect, it } from 'vitest';
import { isConnectionError } from '../../src/engine/postgres/is-connection-error.js';

const coded = (code: string): Error => Object.assign(new Error('said so'), { code });

describe('an error of a database', () => {
  const passing = [
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ENOTFOUND',
    'ETIMEDOUT',
    '08006',
    '53300',
    '57P01',
    '57P03',
    '40P01',
    '40001',
  ];
  it.each(passing)('with the code %s goes by', (code) => expect(isConnectionError(coded(code))).toBe(true));

  const staying = ['42P01', '42501', '3D000', '28P01', '22P05', '23505', 'ERR_INVALID_ARG_TYPE', 'RUN_TAKEN'];
  it.each(staying)('with the code %s stays', (code) => expect(isConnectionError(coded(code))).toBe(false));

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Client has encountered a connection error and is not queryable',
  ])('without a code goes by that says "%s"', (said) => expect(isConnectionError(new Error(said))).toBe(true));

  it('of several addresses goes by if each does', () => {
    const [away, wrong] = [coded('ECONNREFUSED'), coded('28P01')];
    expect(isConnectionError(new AggregateError([away, away]))).toBe(true);
    expect(isConnectionError(Object.assign(new AggregateError([away, wrong]), { code: 'ECONNREFUSED' }))).toBe(false);
  });

  it.each([
    new TypeError('x is not a function'),
    new Error('Cannot use a pool after calling end on the pool'),
    'text',
    undefined,
  ])('is not what %s is', (error) => expect(isConnectionError(error)).toBe(false));
});
