import { transformSync } from 'esbuild';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ForEach } from '../../decorators/for-each.js';
import { OnError } from '../../decorators/on-error.js';
import { OnStartup } from '../../decorators/on-startup.js';
import { recordsOf } from '../../decorators/record.js';
import { Step } from '../../decorators/step.js';
import { Streaming } from '../../decorators/streaming.js';
import { SubPipeline } from '../../decorators/sub-pipeline.js';
import { Switch } from '../../decorators/switch.js';

const withTypeScript = (experimentalDecorators: boolean, target: ts.ScriptTarget) => (source: string) =>
  ts.transpileModule(source, { compilerOptions: { target, experimentalDecorators, module: ts.ModuleKind.ESNext } })
    .outputText;

const withEsbuild = (experimentalDecorators: boolean) => (source: string) =>
  transformSync(source, {
    loader: 'ts',
    target: 'es2022',
    tsconfigRaw: { compilerOptions: { experimentalDecorators } },
  }).code;

/** Compiles a class called Subject and evaluates it with the decorators of this repository. */
function evaluate(compile: (source: string) => string, source: string): new () => object {
  const scope = { Step, Streaming, ForEach, Switch, SubPipeline, OnStartup, OnError };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the point of this file: other compilers' output
  const run = new Function(...Object.keys(scope), `${compile(source)}\nreturn Subject;`) as (
    ...given: unknown[]
  ) => new () => object;
  return run(...Object.values(scope));
}

const legacy = {
  'TypeScript, legacy, ES2022': withTypeScript(true, ts.ScriptTarget.ES2022),
  'TypeScript, legacy, ES2015': withTypeScript(true, ts.ScriptTarget.ES2015),
  'esbuild, legacy': withEsbuild(true),
};
const standard = {
  'TypeScript, standard, ES2022': withTypeScript(false, ts.ScriptTarget.ES2022),
  'TypeScript, standard, ES2015': withTypeScript(false, ts.ScriptTarget.ES2015),
  'esbuild, standard': withEsbuild(false),
};

const placesOf = (Subject: object): unknown[][] =>
  recordsOf(Subject).map(({ decorator, method, placement, options }) => [decorator, method, placement, options]);

describe.each(Object.entries({ ...legacy, ...standard }))('compiled with %s', (_name, compile) => {
  it('a class has the same records as with every other compiler', () => {
    const Subject = evaluate(
      compile,
      `class Parent {
        @OnStartup() setup() {}
        @Step({ to: 'respond' }) start() {}
      }
      class Subject extends Parent {
        @Step({ to: 'respond', entry: true }) start() {}
        @Streaming({ onError: 'mock' }) async *respond() { yield 'x'; }
        @OnError() mock() { return 'mock'; }
      }`,
    );
    expect(placesOf(Subject)).toEqual([
      ['Step', 'start', 'method', { to: 'respond', entry: true }],
      ['Streaming', 'respond', 'method', { onError: 'mock' }],
      ['OnError', 'mock', 'method', {}],
    ]);
    expect(placesOf(Object.getPrototypeOf(Subject) as object)).toEqual([
      ['OnStartup', 'setup', 'method', {}],
      ['Step', 'start', 'method', { to: 'respond' }],
    ]);
  });

  it('eaches, switches and sub-pipelines have the same records too, and a class may name itself', () => {
    const Subject = evaluate(
      compile,
      `class Subject {
        @Switch({ cases: { a: 'load', b: null }, default: 'again' }) route() { return 'a'; }
        @ForEach({ to: 'route', concurrency: 2 }) async *load() { yield 'x'; }
        @SubPipeline(() => Subject, { each: true }) again() {}
      }`,
    );
    expect(placesOf(Subject)).toEqual([
      ['Switch', 'route', 'method', { cases: { a: 'load', b: null }, default: 'again' }],
      ['ForEach', 'load', 'method', { to: 'route', concurrency: 2 }],
      ['SubPipeline', 'again', 'method', { each: true, of: expect.any(Function) }],
    ]);
    expect((recordsOf(Subject)[2].options as { of: () => unknown }).of()).toBe(Subject);
  });

  it('static methods and fields are recorded as what they are', () => {
    const Subject = evaluate(
      compile,
      `class Subject {
        @Step() static one() {}
        @Step() two = 2;
        @Step() get three() { return 3; }
      }`,
    );
    const places = Object.fromEntries(placesOf(Subject).map(([, name, placement]) => [name, placement]));
    expect(places).toEqual({ one: 'static', two: 'other', three: 'other' });
  });
});

describe.each(Object.entries(standard))('compiled with %s', (_name, compile) => {
  it('a #private hook is recorded as private, and read from the instance without a name', () => {
    const Subject = evaluate(
      compile,
      `class Subject {
        #who = 'me';
        @OnStartup() #setup() { return this.#who; }
        @Step() #step() {}
      }`,
    );
    expect(placesOf(Subject)).toEqual([
      ['OnStartup', '#setup', 'private', {}],
      ['Step', '#step', 'private', {}],
    ]);
    const subject = new Subject();
    expect((recordsOf(Subject)[0].read(subject) as () => string).call(subject)).toBe('me');
  });

  it('a static #private method is static', () => {
    const Subject = evaluate(compile, `class Subject { @Step() static #one() {} }`);
    expect(placesOf(Subject)).toEqual([['Step', '#one', 'static', {}]]);
  });

  it('an accessor is recorded as something else', () => {
    const Subject = evaluate(compile, `class Subject { @Step() accessor one = 1; @Step() accessor #two = 2; }`);
    expect(placesOf(Subject)).toEqual([
      ['Step', 'one', 'other', {}],
      ['Step', '#two', 'other', {}],
    ]);
  });
});

describe.each(Object.entries(legacy))('compiled with %s', (_name, compile) => {
  it('a decorated parameter is recorded as something else, by its method or its class', () => {
    const Subject = evaluate(compile, `class Subject { constructor(@Step() a) {} one(@Step() b) {} }`);
    expect(placesOf(Subject)).toEqual([
      ['Step', 'one', 'other', {}],
      ['Step', 'Subject', 'other', {}],
    ]);
  });
});
