import { text } from 'node:stream/consumers';
import { createRandom } from '../mutate.js';
import { playOn, type Paused, type Played } from './play.js';
import type { Play } from './class.js';
import type { SuspendingSpec } from './spec.js';

/** What another process is given: suspended runs, as JSON, and what their classes are made of. */
export interface Elsewhere {
  readonly spec: SuspendingSpec;
  readonly play: Play;
  readonly paused: Paused;
  readonly seed: number;
}

/** Ends each of them, and says how. */
const played: Played[] = [];
for (const { spec, play, paused, seed } of JSON.parse(await text(process.stdin)) as Elsewhere[])
  played.push((await playOn(spec, play, paused, createRandom(seed))).played);
process.stdout.write(JSON.stringify(played));
