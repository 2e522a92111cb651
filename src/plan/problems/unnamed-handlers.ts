import type { Blueprint, HandlerBlueprint } from '../../scanner/blueprint.js';
import { nearestName } from './nearest-name.js';

/** The handlers that no step names; one that a misspelt `onError` was meant for counts as named. */
export function unnamedHandlers({ steps, handlers }: Blueprint): HandlerBlueprint[] {
  const names = new Set(handlers.map(({ name }) => name).filter((name) => typeof name === 'string'));
  const used = new Set<string | symbol | undefined>(
    steps.map(({ onError }) => onError && (names.has(onError) ? onError : nearestName(onError, names))),
  );
  return handlers.filter(({ name }) => !used.has(name));
}
