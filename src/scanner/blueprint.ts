import type { RetryOptions, TimeoutOptions } from '../../decorators/options.js';
import type { PipelineOptions } from './pipeline-options.js';

/** What a method is by its own syntax: the executor and the decorator must agree on it. */
export type Form = 'plain' | 'async-generator' | 'generator' | 'unknown';

/** What the author said of one step, unchecked. */
export interface StepBlueprint {
  readonly name: string | symbol;
  /** The class whose decorator counts. */
  readonly owner: string;
  readonly kind: 'step' | 'streaming';
  readonly placement: 'method' | 'static' | 'private' | 'other';
  readonly form: Form;
  /** False where a subclass has replaced the method by something that can't be called. */
  readonly callable: boolean;
  readonly to: readonly string[];
  readonly join?: 'all' | 'any';
  readonly retry?: number | RetryOptions;
  readonly timeout?: number | TimeoutOptions;
  readonly onError?: string;
  readonly concurrency?: number;
  readonly entry: boolean;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** The options as written, so that misspelt ones can be named. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the author said of one lifecycle hook. */
export interface HookBlueprint {
  readonly name: string | symbol;
  readonly owner: string;
  readonly per: 'instance' | 'run';
  readonly placement: 'method' | 'static' | 'private' | 'other';
  readonly form: Form;
  readonly options: Readonly<Record<string, unknown>>;
  /** Reads the method from an instance. */
  readonly read: (instance: object) => unknown;
}

/** What the author said of one `@OnError` method. */
export interface HandlerBlueprint {
  readonly name: string | symbol;
  readonly owner: string;
  readonly placement: 'method' | 'static' | 'private' | 'other';
  readonly form: Form;
  readonly read: (instance: object) => unknown;
}

/** What the author of a pipeline class said, base class first, unchecked. */
export interface Blueprint {
  /** The declared name, or else the name of the class. */
  readonly name: string;
  /** Whether `static pipeline` declares the name; whatever is stored demands it. */
  readonly named: boolean;
  readonly className: string;
  readonly options: PipelineOptions;
  /** Steps in order of declaration. */
  readonly steps: readonly StepBlueprint[];
  /** Hooks in order of declaration, base class first. */
  readonly startup: readonly HookBlueprint[];
  readonly shutdown: readonly HookBlueprint[];
  readonly handlers: readonly HandlerBlueprint[];
  /** Methods that carry more than one of our decorators in one class. */
  readonly doubled: readonly {
    readonly owner: string;
    readonly name: string | symbol;
    readonly decorators: readonly string[];
  }[];
}
