import type { Middleware } from '../../decorators/middleware.js';
import type { RetryOptions, TimeoutOptions } from '../../decorators/options.js';
import type { StandardSchema } from '../../decorators/standard-schema.js';
import type { PipelineOptions } from './pipeline-options.js';

/** What a method is by its own syntax: the executor and the decorator must agree on it. */
export type Form = 'plain' | 'async-generator' | 'generator' | 'unknown';

/** What is said of every decorated member, whatever its decorator. */
export interface MemberBlueprint {
  readonly name: string | symbol;
  /** The class whose decorator counts. */
  readonly owner: string;
  /** Its place among all decorated members in order of declaration, base class first; an override keeps its place. */
  readonly place: number;
  readonly placement: 'method' | 'static' | 'private' | 'other';
  readonly form: Form;
  /** False where a subclass has replaced the method by something that can't be called. */
  readonly callable: boolean;
  /** The options as written, so that misspelt ones can be named. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Reads the method from an instance. */
  readonly read: (instance: object) => unknown;
}

/** Which decorator has made the step: `@Step`, `@Streaming`, `@ForEach`, `@Switch` or `@SubPipeline`. */
export type StepKind = 'step' | 'streaming' | 'each' | 'switch' | 'sub';

/** What the author said of one step, unchecked. */
export interface StepBlueprint extends MemberBlueprint {
  readonly kind: StepKind;
  /** Whether it runs once per item: `@ForEach`, and `@SubPipeline` with `each: true`. */
  readonly each: boolean;
  readonly to: readonly string[];
  /** What `goto()` may name. */
  readonly goto: readonly string[];
  /** Of a switch: where each key leads, `null` to the end. Without a prototype: a key may be called `constructor`. */
  readonly cases?: Readonly<Record<string, string | null>>;
  /** Of a switch: its option `default`. */
  readonly otherwise?: string | null;
  /** Of a sub-pipeline step: the thunk that gives the class of its child. */
  readonly of?: () => unknown;
  readonly join?: 'all' | 'any';
  readonly retry?: number | RetryOptions;
  readonly timeout?: number | TimeoutOptions;
  readonly onError?: string;
  readonly onItemError?: 'fail' | 'skip' | 'collect';
  readonly distributed?: boolean;
  readonly concurrency?: number;
  readonly maxVisits?: number;
  readonly entry: boolean;
  /** What validates the answers to its suspensions. */
  readonly answer?: StandardSchema;
  /** Around each of its attempts, the outermost first. */
  readonly middleware: readonly Middleware[];
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What the author said of one lifecycle hook. */
export interface HookBlueprint extends MemberBlueprint {
  readonly per: 'instance' | 'run';
  /** How deep in the chain of classes it was first declared, 0 for the root: hooks of one class belong together. */
  readonly level: number;
}

/** What the author said of one `@OnError` method. */
export type HandlerBlueprint = MemberBlueprint;

/** A method that carries more than one of our decorators in one class. */
export interface DoubledMember {
  readonly owner: string;
  readonly name: string | symbol;
  readonly place: number;
  readonly decorators: readonly string[];
}

/** What the author of a pipeline class said, base class first, unchecked. */
export interface Blueprint {
  /** The declared name, or else the name of the class. */
  readonly name: string;
  /** Whether `static pipeline` of this very class declares the name; whatever is stored demands it. */
  readonly named: boolean;
  readonly className: string;
  /** `static pipeline` as written; nothing says yet that it is what its type promises. */
  readonly options: PipelineOptions;
  /** Steps in order of declaration. */
  readonly steps: readonly StepBlueprint[];
  /** Hooks in order of declaration, base class first. */
  readonly startup: readonly HookBlueprint[];
  readonly shutdown: readonly HookBlueprint[];
  readonly handlers: readonly HandlerBlueprint[];
  readonly doubled: readonly DoubledMember[];
  /** Methods without any decorator of ours: a forgotten one is worth naming. */
  readonly undecorated: readonly string[];
}
