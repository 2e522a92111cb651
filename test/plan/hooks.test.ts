import { describe, expect, it } from 'vitest';
import { compile } from '../../src/plan/compile.js';
import type { PipelineClass } from '../../src/scanner/pipeline-class.js';
import { buildPipeline, type HookSpec } from '../support/build-class.js';

type Spec = `${'+' | '-'}${string}`;

/** `+name` starts up, `-name` shuts down, a `@run` behind it makes it `per: 'run'`. */
const hooks = (...specs: Spec[]): HookSpec[] =>
  specs.map((spec) => ({
    name: spec.slice(1).replace('@run', ''),
    on: spec.startsWith('+') ? 'startup' : 'shutdown',
    per: spec.endsWith('@run') ? 'run' : undefined,
  }));

const steps = [{ name: 'only' }];

/** The shutdown hooks in the order in which they run, each with the name of its partner. */
function pairs(pipelineClass: PipelineClass): [string, string | undefined][] {
  const { startup, shutdown } = compile(pipelineClass).plan;
  return shutdown.map(({ name, per, partner }) => [name, startup.filter((hook) => hook.per === per)[partner]?.name]);
}

describe('a shutdown hook', () => {
  it('runs in reverse order and undoes the startup hook of its place', () => {
    expect(pairs(buildPipeline({ steps, hooks: hooks('+a', '-x', '+b', '-y') }))).toEqual([
      ['y', 'b'],
      ['x', 'a'],
    ]);
  });

  it('goes with the last startup hook if there is one too many', () => {
    expect(pairs(buildPipeline({ steps, hooks: hooks('+a', '+b', '-x', '-y', '-z') }))).toEqual([
      ['z', 'b'],
      ['y', 'b'],
      ['x', 'a'],
    ]);
  });

  it('is always due where nothing starts up', () => {
    const AlwaysDue = buildPipeline({ steps, hooks: hooks('-x') });
    expect(compile(AlwaysDue).plan.shutdown).toEqual([{ name: 'x', per: 'instance', partner: -1 }]);
  });

  it('has its partner among the hooks of the same per', () => {
    const Both = buildPipeline({ steps, hooks: hooks('+a', '+begin@run', '+b', '-end@run', '-x', '-y', '-more@run') });
    expect(compile(Both).plan.shutdown).toEqual([
      { name: 'more', per: 'run', partner: 0 },
      { name: 'y', per: 'instance', partner: 1 },
      { name: 'x', per: 'instance', partner: 0 },
      { name: 'end', per: 'run', partner: 0 },
    ]);
    expect(pairs(buildPipeline({ steps, hooks: hooks('+a', '-end@run') }))).toEqual([['end', undefined]]);
  });

  it('belongs to its class: the base class goes down last', () => {
    const Base = buildPipeline({ steps, hooks: hooks('+a', '+b', '-x') });
    const Child = buildPipeline({ extends: Base, hooks: hooks('+c', '-y', '-z') });
    expect(pairs(Child)).toEqual([
      ['z', 'c'],
      ['y', 'c'],
      ['x', 'a'],
    ]);
  });

  it('goes with the last startup hook of the classes before, where its own has none', () => {
    const Base = buildPipeline({ steps, hooks: hooks('+a', '+b') });
    const Middle = buildPipeline({ extends: Base, hooks: hooks('-x') });
    const Child = buildPipeline({ extends: Middle, hooks: hooks('+c') });
    expect(pairs(Child)).toEqual([['x', 'b']]);
    expect(pairs(buildPipeline({ extends: buildPipeline({ steps, hooks: hooks('-x') }), hooks: hooks('+a') }))).toEqual(
      [['x', undefined]],
    );
  });

  it('keeps its partner when a subclass overrides either of the two, and classes of one name are told apart', () => {
    const Base = buildPipeline({ name: 'Same', steps, hooks: hooks('+a', '-x') });
    const Child = buildPipeline({ name: 'Same', extends: Base, hooks: hooks('+a', '+b', '-x', '-y') });
    expect(pairs(Child)).toEqual([
      ['y', 'b'],
      ['x', 'a'],
    ]);
  });
});
