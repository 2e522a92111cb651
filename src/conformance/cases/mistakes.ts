import type { Ctx } from '../../../decorators/context.js';
import { Step } from '../../../decorators/step.js';
import { Pipeline } from '../../pipeline.js';
import type { Topic } from '../conformance-case.js';
import type { ConformancePipeline } from '../engine-under-test.js';

// What the compiler refuses has to be hidden from it.
const hidden = (name: string): never => name as never;

class Misspelt extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-misspelt' };
  @Step({ to: hidden('anwser') }) ask() {}
  @Step({ to: hidden('nowhere'), onError: hidden('rescue') }) answer() {}
}

class Empty extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-empty' };
}

class TwoBeginnings extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-two-beginnings' };
  @Step() one() {}
  @Step() two({ input }: Ctx<this>) {
    return input;
  }
}

class Fine extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-fine' };
  @Step() work() {}
}

const REFUSED: readonly (readonly [ConformancePipeline, readonly string[]])[] = [
  [Misspelt, ['UNKNOWN_TARGET', 'UNKNOWN_TARGET', 'UNKNOWN_HANDLER']],
  [Empty, ['EMPTY_PIPELINE']],
  [TwoBeginnings, ['SEVERAL_BEGINNINGS']],
];

/** Classes and calls that can't run. */
export const mistakes: Topic = {
  name: 'mistakes',
  pipelines: [Fine],
  cases: [
    {
      name: 'a class that can not run is refused before its first run, with all its mistakes',
      rule: 'promise 13',
      checks: 9,
      async run(kit) {
        for (const [pipeline, codes] of REFUSED) {
          const error = await kit.refused(pipeline.name, () => kit.run(pipeline));
          kit.check('code', error.code, 'BLUEPRINT_INVALID');
          const problems = (error as { problems?: readonly { readonly code: string }[] }).problems ?? [];
          kit.check('problems', problems.map(({ code }) => code).sort(), codes.toSorted());
        }
      },
    },
    {
      name: 'options that make no sense are refused',
      rule: 'E.1',
      checks: 6,
      async run(kit) {
        for (const options of [{ timeout: -1 }, { id: '' }, { throwOnFailure: 'no' as never }]) {
          const { code } = await kit.refused(JSON.stringify(options), () => kit.run(Fine, {}, options));
          kit.check('code', code, 'INVALID_RUN_OPTION');
        }
      },
    },
    {
      name: 'a state that is no object is refused',
      rule: 'E.1',
      checks: 6,
      async run(kit) {
        for (const state of [null, 'text', []]) {
          const { code } = await kit.refused(JSON.stringify(state), () => kit.run(Fine, state as never));
          kit.check('code', code, 'INVALID_STATE');
        }
      },
    },
  ],
};
