import type { Activation } from '../../../executor/activation.js';
import { flowOf, type Flow } from '../../../executor/flow.js';
import { invoke } from '../../../executor/invoke.js';
import { toStored, type StoredValue } from '../../../run/stored-value.js';

type Named = readonly (readonly [name: string, value: StoredValue])[];

/** What all items of one visit of an each have in common, as plain JSON. */
export interface ItemsShare {
  /** Of that visit, made like that of an item. */
  readonly key: string;
  /** Where the instance is whose step it is: the fields that lead to it from the pipeline of the run. */
  readonly fields: readonly string[];
  readonly step: string;
  readonly visit: number;
  /** The state that they begin with. */
  readonly base: object;
  readonly input: StoredValue;
  readonly inputs?: Named;
  /** What they see of the outputs of earlier steps. */
  readonly outputs: Named;
}

/** One item of a distributed each, as plain JSON: everything that a process has to know to run it. */
export interface ItemOrder {
  readonly runId: string;
  /** Its own: its key, and which attempts of the sub-pipelines around it were not the first. */
  readonly key: string;
  readonly index: number;
  readonly item: StoredValue;
  readonly share: ItemsShare;
}

/** Under which id the item's events are told, and it can be found. */
export const itemRunId = ({ runId, key }: Pick<ItemOrder, 'runId' | 'key'>): string => `${runId}/${key}`;

/** Whether its body may run in another process; not what comes after it, such as the end of what it waits for. */
export const isDistributed = ({ each, step }: Activation, body: unknown): boolean =>
  each !== undefined && step.each!.distributed && body === invoke;

/** Says what an item needs. */
export function toItemOrder(activation: Activation): ItemOrder {
  const { run, index, given } = activation;
  return {
    runId: run.id,
    key: uniqueKey(activation),
    index: index!,
    item: toStored(given.item),
    share: toShare(activation.each!),
  };
}

const shares = new WeakMap<Activation, ItemsShare>();

/** The same for all items of the visit. */
function toShare(each: Activation): ItemsShare {
  let share = shares.get(each);
  if (share === undefined) shares.set(each, (share = shareOf(each)));
  return share;
}

function shareOf(each: Activation): ItemsShare {
  const { name, visit, base, given, outputsSeen } = each;
  const flow = flowOf(each);
  const seen = flow.outputs.entries.slice(0, outputsSeen / 2);
  return {
    ...{ key: uniqueKey(each), fields: fieldsTo(flow), step: name, visit, base },
    input: toStored(given.input),
    ...(given.inputs && { inputs: Object.entries(given.inputs).map(([from, value]) => [from, toStored(value)]) }),
    outputs: seen.map(([from, value]) => [from, toStored(value)]),
  };
}

/** A sub-pipeline that is tried again begins anew, with the same keys inside. */
function uniqueKey({ key, flow: { caller, prefix } }: Activation): string {
  if (caller === undefined) return key;
  const { attempt } = caller;
  return `${uniqueKey(caller)}${attempt === 1 ? '' : `~${attempt}`}/${key.slice(prefix.length)}`;
}

function fieldsTo({ outer, field }: Flow): readonly string[] {
  return outer === undefined ? [] : [...fieldsTo(outer), field!];
}
