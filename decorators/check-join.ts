import type { InputsOf } from './check-edges.js';
import type { Err } from './check-target.js';
import type { Method, StepName } from './outputs.js';

type Names<Inputs> = keyof Inputs & string;

/** Refuses `inputs` that name no step, and under `join: 'any'` a name that isn't optional: only one is sure to arrive. */
export type CheckJoin<P, M extends Method, Kind extends 'all' | 'any'> = [InputsOf<M>] extends [never]
  ? unknown
  : string extends Names<InputsOf<M>>
    ? CheckAny<InputsOf<M>, Kind>
    : [Exclude<Names<InputsOf<M>>, StepName<P>>] extends [never]
      ? CheckAny<InputsOf<M>, Kind>
      : Err<`inputs name '${Exclude<Names<InputsOf<M>>, StepName<P>>}', which is no step of this class`>;

type CheckAny<Inputs, Kind> = 'any' extends Kind
  ? Partial<Inputs> extends Inputs
    ? unknown
    : Err<"under join: 'any' every name of inputs must be optional">
  : unknown;
