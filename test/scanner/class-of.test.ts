import { expect, it } from 'vitest';
import { MisuseError } from '../../src/errors/misuse-error.js';
import { classOf } from '../../src/scanner/class-of.js';

class Chatbot {}

it('gives the class of a class, an instance and a proxy of one', () => {
  expect([Chatbot, new Chatbot(), new Proxy(new Chatbot(), {})].map(classOf)).toEqual([Chatbot, Chatbot, Chatbot]);
});

it('is not misled by a field called constructor', () => {
  expect(classOf(Object.assign(new Chatbot(), { constructor: class Other {} }))).toBe(Chatbot);
});

it.each([
  ['undefined', undefined],
  ['null', null],
  ['Chatbot', 'Chatbot'],
  ['a function that is no class', () => undefined],
  ['an object without a class', Object.create(null)],
])('throws for %s', (what, value) => {
  const act = () => classOf(value as object);
  expect(act).toThrow(MisuseError);
  expect(act).toThrow(
    `Expected a pipeline class or an instance of one, got ${what}. Pass the class that extends Pipeline`,
  );
});
