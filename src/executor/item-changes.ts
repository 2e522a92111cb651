import { diffDraft } from '../state/diff.js';
import { StateStore } from '../state/state-store.js';
import type { Change } from '../state/change.js';
import type { Activation } from './activation.js';

/** The version that an each began with, as one of its items has left it when it suspended. */
export function versionOf({ base, flow }: Activation, changes: readonly Change[]): object {
  const store = new StateStore(base, flow.plan.merge);
  store.commit('item', base, 0, changes, false);
  return store.current;
}

/** What an item has changed before it suspended and then in its handler, as one. */
export function joinChanges(each: Activation, before: readonly Change[], later: readonly Change[]): readonly Change[] {
  const { merge } = each.flow.plan;
  const store = new StateStore(versionOf(each, before), merge);
  store.commit('item', store.current, 0, later, false);
  return diffDraft(each.base, store.current, merge);
}
