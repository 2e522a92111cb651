import type { AnyPipeline } from '../../decorators/context.js';
import { MisuseError } from '../errors/misuse-error.js';
import { Members } from './members.js';
import { recordCall, type CalledWith } from './record-call.js';
import { replaceMember } from './replaced-member.js';
import type { StandIn, StandIns } from './stand-ins.js';

type Calls = Record<string, Readonly<Record<string, unknown>>[]>;
type Body = (this: object, context: CalledWith) => unknown;

/**
 * Lets functions stand in for steps, hooks and error handlers of one instance, and values for its fields. The class is
 * not changed, so tests may run in parallel. For the steps of a sub-pipeline stand in on that instance:
 * `standIn(bot.researcher, …)`, or `bot['researcher']` if it is private.
 *
 * Throws a `MisuseError` for a name that doesn't exist, and for `#private` members, which nobody can replace.
 *
 * ```ts
 * using mocks = standIn(rag, { steps: { search: async () => ['a hit'] }, services: { client: mockModel('Well.') } });
 * await testRun(rag, { question: 'Why?' });
 * expect(mocks.calls.search).toEqual([{ attempt: 1, state: { question: 'Why?' } }]);
 * ```
 */
export function standIn<P extends AnyPipeline>(pipeline: P, standIns: StandIns<P>): StandIn<P> {
  const members = new Members(pipeline);
  const given = Object.entries(standIns).flatMap(([group, named]) =>
    Object.entries((named ?? {}) as Readonly<Record<string, unknown>>)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ({ group, name, value })),
  );
  // All before the first: a mistake must not leave half of them at work.
  for (const { group, name, value } of given) members.check(group, name, value);
  const calls = createCalls(members);
  const restores = given.map(({ group, name, value }) =>
    replaceMember(pipeline, name, group === 'steps' ? recording(calls, name, value as Body) : value),
  );
  const restore = (): void => restores.forEach((restoreOne) => restoreOne());
  return { calls: calls as never, restore, [Symbol.dispose]: restore };
}

/** A list for each step that is stood in for; whoever asks for another one would take silence for "never called". */
function createCalls({ steps }: Members): Calls {
  const calls: Calls = {};
  for (const step of steps)
    Object.defineProperty(calls, step, {
      get: () => {
        throw notStoodInFor(step);
      },
      configurable: true,
    });
  return calls;
}

function recording(calls: Calls, step: string, body: Body): Body {
  const made: Readonly<Record<string, unknown>>[] = [];
  Object.defineProperty(calls, step, { value: made, enumerable: true });
  return function (context) {
    made.push(recordCall(context));
    return body.call(this, context);
  };
}

const notStoodInFor = (step: string): MisuseError =>
  new MisuseError({
    code: 'UNKNOWN_STAND_IN',
    message: `Nothing stands in for "${step}", so its calls are not recorded.`,
    remedy: `Give it under steps: standIn(pipeline, { steps: { ${step}: … } }).`,
  });
