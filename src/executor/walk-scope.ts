import type { Engine } from '../ports/engine.js';
import type { Activation } from './activation.js';
import type { Agenda } from './agenda.js';
import type { Ending } from './conclude.js';
import type { Flow } from './flow.js';
import type { Live } from './live.js';
import type { RunScope } from './run-scope.js';

/** What the walk needs of its run besides what activations do. */
export interface WalkScope extends RunScope {
  readonly engine: Engine<Activation>;
  readonly root: Flow;
  readonly live: Live;
  readonly agenda: Agenda;
  readonly errors: Error[];
  readonly segment: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Decides how it ends, unless that is decided. */
  end(ending: Ending): void;
}
