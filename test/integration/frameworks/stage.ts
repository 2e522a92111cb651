import { gate, type Gate } from '../../support/gate.js';

/** What happens to one run, step by step: a test opens what it waits at, and sees how far it has come. */
export interface Scene {
  /** The handler was reached. */
  readonly reached: Gate<void>;
  /** Lets the handler go on, and start the run. */
  readonly admitted: Gate<void>;
  /** It has started the run with this id. */
  readonly started: Gate<string>;
  /** One for each word: lets the generator yield it. */
  readonly words: readonly Gate<void>[];
  /** Its generator has begun. */
  begun: boolean;
  /** How many words it has yielded. */
  yielded: number;
  /** The `finally` of its generator has run. */
  readonly left: Gate<void>;
  /** Its `@OnShutdown({ per: 'run' })` hook was told this outcome. */
  readonly shutDown: Gate<string>;
  /** Its `run-end` had this status. */
  readonly ended: Gate<string>;
  /** After this many words it fails. */
  failsAfter: number;
  /** Whether somebody listens to how it ends. */
  watched: boolean;
}

declare global {
  // A server whose routes are bundled apart from the test finds it here too.
  var scenes: Map<string, Scene> | undefined;
}

export const WORDS = ['Hello ', 'Ada, ', '€ 5'];

/** The scene with this name, which is also the prompt that plays it. */
export function sceneOf(name: string): Scene {
  const scenes = (globalThis.scenes ??= new Map<string, Scene>());
  const known = scenes.get(name);
  if (known) return known;
  const scene: Scene = {
    ...{
      reached: gate(),
      admitted: gate(),
      started: gate<string>(),
      words: WORDS.map(() => gate<void>()),
      begun: false,
      yielded: 0,
    },
    ...{ left: gate(), shutDown: gate<string>(), ended: gate<string>(), failsAfter: Infinity, watched: true },
  };
  scenes.set(name, scene);
  return scene;
}

let count = 0;

/** A scene of one's own, whose handler needs not wait. */
export function newScene({ admitted = true } = {}): { readonly name: string; readonly scene: Scene } {
  const name = `scene-${++count}`;
  const scene = sceneOf(name);
  if (admitted) scene.admitted.open();
  return { name, scene };
}
