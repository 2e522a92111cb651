import { describe, expect, it } from 'vitest';
import { buildPipeline } from '../../support/build-class.js';
import { messageOf, ofHandlers, only } from './message-of.js';

const generator = { *respond() {} }.respond;
const streaming = { async *respond() {} }.respond;
const plain = { respond() {} }.respond;

describe('handlers', () => {
  it('a handler that does not exist', () => {
    expect(ofHandlers({ ...only, options: { onError: 'falback' } }, { name: 'fallback' })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.only: names the handler "falback", which doesn't exist. Did you mean "fallback"? Name one of the handlers: fallback. [UNKNOWN_HANDLER]"
    `);
    expect(ofHandlers({ ...only, options: { onError: 'fallback' } })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.only: names the handler "fallback", which doesn't exist. Write a method fallback and decorate it with @OnError(). [UNKNOWN_HANDLER]"
    `);
  });

  it('a handler that is something else', () => {
    const Bot = buildPipeline({
      name: 'Bot',
      steps: [
        { ...only, options: { onError: 'helper' }, to: 'next' },
        { name: 'next', options: { onError: 'only' } },
      ],
    });
    Object.defineProperty(Bot.prototype, 'helper', { value: plain });
    expect(messageOf(Bot)).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.only: names the handler "helper", which is no @OnError() method. Decorate it with @OnError(). [UNKNOWN_HANDLER]
        - Bot.next: names the handler "only", which is no @OnError() method. Decorate it with @OnError(). [UNKNOWN_HANDLER]"
    `);
  });

  it('a second catch-all', () => {
    expect(ofHandlers(only, { name: 'log' }, { name: 'report' })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.report: is a second catch-all beside Bot.log: no step names either of them. Name it in the option onError of a step, or give it the name log to override that one. [SECOND_CATCH_ALL]"
    `);
  });

  it('a second catch-all in a subclass', () => {
    const Base = buildPipeline({ name: 'Base', steps: [only], handlers: [{ name: 'log' }] });
    expect(messageOf(buildPipeline({ name: 'Bot', extends: Base, handlers: [{ name: 'report' }] })))
      .toMatchInlineSnapshot(`
        "Bot can't run, it has 1 problem:
          - Bot.report: is a second catch-all beside Base.log: no step names either of them. Name it in the option onError of a step, or give it the name log to override that one. [SECOND_CATCH_ALL]"
      `);
    expect(messageOf(buildPipeline({ name: 'Bot', extends: Base, handlers: [{ name: 'log' }] }))).toBe('no problem');
  });

  it('a catch-all that streams', () => {
    expect(ofHandlers(only, { name: 'report', body: streaming })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.report: is a generator, but no step names it, so it can stand in for none. Name it in the option onError of a step, or write it without *. [STREAMING_CATCH_ALL]"
    `);
    expect(ofHandlers({ ...only, options: { onError: 'report' } }, { name: 'report', body: streaming })).toBe(
      'no problem',
    );
  });

  it('a named handler that is a generator without async', () => {
    expect(ofHandlers({ ...only, options: { onError: 'report' } }, { name: 'report', body: generator }))
      .toMatchInlineSnapshot(`
        "Bot can't run, it has 1 problem:
          - Bot.report: is a handler and a generator without async. Write async *report(). [SYNC_GENERATOR_HANDLER]"
      `);
  });
});
