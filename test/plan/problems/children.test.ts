import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/plan/compile.js';
import type { PipelineClass } from '../../../src/scanner/pipeline-class.js';
import { buildPipeline, type StepSpec } from '../../support/build-class.js';
import { messageOf, ofSteps, only } from './message-of.js';

const sub = (name: string, of: unknown, to?: string): StepSpec => ({ name, kind: 'sub', to, options: { of } });

describe('the class that a sub-pipeline step names', () => {
  it('is no class', () => {
    class Researcher {}
    expect(
      ofSteps(
        sub('a', undefined, 'b'),
        sub('b', () => undefined, 'c'),
        sub('c', () => 'Researcher', 'd'),
        sub('d', () => () => Researcher, 'e'),
        sub('e', () => new Researcher(), 'f'),
        sub('f', () => ({}), 'g'),
        sub('g', () => Promise.resolve(Researcher), 'h'),
        sub('h', () => Object.create(null) as object),
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 8 problems:
        - Bot.a: names no pipeline class. Name a class that extends Pipeline: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]
        - Bot.b: names its pipeline class by a function that gives undefined. Name a class that extends Pipeline: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]
        - Bot.c: names its pipeline class by a function that gives "Researcher". Name a class that extends Pipeline: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]
        - Bot.d: names its pipeline class by a function that gives a function that is no class. Name a class that extends Pipeline: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]
        - Bot.e: names its pipeline class by a function that gives an instance of Researcher. Give the class itself: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]
        - Bot.f: names its pipeline class by a function that gives an object. Name a class that extends Pipeline: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]
        - Bot.g: names its pipeline class by a function that gives a promise. Import the class above and give it without async. [UNKNOWN_SUB_PIPELINE]
        - Bot.h: names its pipeline class by a function that gives an object. Name a class that extends Pipeline: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]"
    `);
  });

  it('is not there yet, or its function throws', () => {
    const tooEarly = (): unknown => Later;
    expect(
      ofSteps(
        sub('a', tooEarly, 'b'),
        sub('b', () => {
          throw 'oops';
        }),
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.a: names its pipeline class by a function that throws ReferenceError: Cannot access 'Later' before initialization. Name a class that extends Pipeline: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]
        - Bot.b: names its pipeline class by a function that throws something else than an error. Name a class that extends Pipeline: @SubPipeline(() => Researcher). [UNKNOWN_SUB_PIPELINE]"
    `);
    const Later = buildPipeline({ name: 'Later', steps: [only] });
    expect(ofSteps(sub('a', tooEarly))).toBe('no problem');
  });

  it('has no step, as any other class', () => {
    expect(ofSteps(sub('a', () => Date))).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.a → Date: has no step. Decorate a method with @Step() or @Streaming(). [EMPTY_PIPELINE]"
    `);
  });

  it('has mistakes: they are listed where the step stands, each class once', () => {
    const Crawler = buildPipeline({
      name: 'Crawler',
      pipeline: { nam: 'crawler' },
      steps: [{ name: 'fetch', to: 'claen' }, { name: 'clean' }],
    });
    const Researcher = buildPipeline({
      name: 'Researcher',
      steps: [{ name: 'go', to: 'crawl', options: { retry: 0 } }, sub('crawl', () => Crawler)],
    });
    const Reporter = buildPipeline({
      name: 'Reporter',
      steps: [
        { name: 'start', to: 'research' },
        sub('research', () => Researcher, 'again'),
        sub('again', () => Researcher, 'crawl'),
        sub('crawl', () => Crawler, 'lst'),
        { name: 'last', join: 'all' },
      ],
    });
    expect(messageOf(Reporter)).toMatchInlineSnapshot(`
      "Reporter can't run, it has 4 problems:
        - Reporter.research → Researcher.go: has the option retry: 0. Give it the number of all attempts, 1 or more, or { attempts, … }. [INVALID_OPTION]
        - Reporter.research → Researcher.crawl → Crawler.pipeline: has an unknown option "nam". Did you mean "name"? Known are: name, merge, cancelGrace, hookTimeout, maxVisits, migrate, middleware. [INVALID_OPTION]
        - Reporter.research → Researcher.crawl → Crawler.fetch: leads to "claen", which is no step. Did you mean "clean"? Name one of the steps: fetch, clean. [UNKNOWN_TARGET]
        - Reporter.crawl: leads to "lst", which is no step. Did you mean "last"? Name one of the steps: start, research, again, crawl, last. [UNKNOWN_TARGET]"
    `);
    expect(messageOf(Researcher)).toMatchInlineSnapshot(`
      "Researcher can't run, it has 3 problems:
        - Researcher.go: has the option retry: 0. Give it the number of all attempts, 1 or more, or { attempts, … }. [INVALID_OPTION]
        - Researcher.crawl → Crawler.pipeline: has an unknown option "nam". Did you mean "name"? Known are: name, merge, cancelGrace, hookTimeout, maxVisits, migrate, middleware. [INVALID_OPTION]
        - Researcher.crawl → Crawler.fetch: leads to "claen", which is no step. Did you mean "clean"? Name one of the steps: fetch, clean. [UNKNOWN_TARGET]"
    `);
  });
});

/** How the plans stand in one another, by pipeline: `A(B(A))`; a class that recurs has no plan. */
function nesting(pipelineClass: PipelineClass): string {
  const show = (plan: ReturnType<typeof compile>['plan']): string => {
    const children = plan.steps.flatMap(({ child }) =>
      child ? [child.plan ? show(child.plan) : `${child.pipeline} again`] : [],
    );
    return plan.pipeline + (children.length > 0 ? `(${children.join(', ')})` : '');
  };
  return show(compile(pipelineClass).plan);
}

describe('the plan of a child', () => {
  it('is the one of its class, and its thunk is asked once', () => {
    let asked = 0;
    const Child = buildPipeline({ name: 'Child', pipeline: { name: 'child' }, steps: [only] });
    const Parent = buildPipeline({
      name: 'Parent',
      steps: [sub('a', () => (asked++, Child), 'b'), sub('b', () => Child)],
    });
    const { plan, children } = compile(Parent);
    expect([...children]).toEqual([
      ['a', Child],
      ['b', Child],
    ]);
    expect(compile(Parent).plan).toBe(plan);
    expect(asked).toBe(1);
    const child = compile(Child).plan;
    expect(plan.steps.map((step) => step.child)).toEqual([
      { pipeline: 'child', named: true, fingerprint: child.fingerprint, plan: child },
      { pipeline: 'child', named: true, fingerprint: child.fingerprint, plan: child },
    ]);
    expect(plan.steps[0].child!.plan).toBe(child);
    expect(Object.isFrozen(plan.steps[0].child)).toBe(true);
  });

  it('is told from another by the name that it says itself, never by that of its class, which a bundler changes', () => {
    const fingerprintOf = (name: string, pipeline?: { name: string }): string => {
      const Child = buildPipeline({ name, pipeline, steps: [only] });
      return compile(buildPipeline({ name: 'Parent', steps: [sub('a', () => Child)] })).plan.fingerprint;
    };
    expect(fingerprintOf('Researcher')).toBe(fingerprintOf('e'));
    expect(fingerprintOf('e', { name: 'researcher' })).toBe(fingerprintOf('Researcher', { name: 'researcher' }));
    const named = ['researcher', 'writer'].map((name) => fingerprintOf('Same', { name }));
    expect(new Set([...named, fingerprintOf('Same')]).size).toBe(3);
  });

  it('is not there where a class runs itself', () => {
    const Self: PipelineClass = buildPipeline({ name: 'Self', steps: [sub('a', () => Self)] });
    expect(nesting(Self)).toBe('Self(Self again)');
  });

  it('of classes that run one another is the same whichever was compiled first', () => {
    const make = (): PipelineClass[] => {
      const A: PipelineClass = buildPipeline({ name: 'A', steps: [sub('toB', () => B)] });
      const B: PipelineClass = buildPipeline({ name: 'B', steps: [sub('toA', () => A, 'toC'), sub('toC', () => C)] });
      const C = buildPipeline({ name: 'C', steps: [only] });
      const Above = buildPipeline({ name: 'Above', steps: [sub('toA', () => A, 'toB'), sub('toB', () => B)] });
      return [A, B, C, Above];
    };
    const expected = ['A(B(A again, C))', 'B(A(B again), C)', 'C', 'Above(A(B(A again, C)), B(A(B again), C))'];
    const [forwards, backwards] = [make(), make()];
    expect(forwards.map(nesting)).toEqual(expected);
    expect([...backwards].reverse().map(nesting).reverse()).toEqual(expected);
    const fingerprints = (classes: PipelineClass[]) => classes.map((one) => compile(one).plan.fingerprint);
    expect(fingerprints(forwards)).toEqual(fingerprints(backwards));
    expect(new Set(fingerprints(forwards)).size).toBe(4);
  });

  it('is made once each where twelve classes all run one another', () => {
    const all: PipelineClass[] = [];
    const names = Array.from({ length: 12 }, (_, index) => `agent${index}`);
    names.forEach((name, index) =>
      all.push(
        buildPipeline({
          name,
          steps: names
            .map((other, at) => sub(other, () => all[at], names[at + 1]))
            .filter((__, at) => at !== index || at),
        }),
      ),
    );
    for (const one of all) expect(nesting(one).match(/\(/g)).toHaveLength(12);
  });
});
