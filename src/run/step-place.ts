/** Where in a run a step event belongs. */
export interface StepPlace {
  readonly name: string;
  readonly pipeline: string;
  readonly path: readonly string[];
  readonly visit: number;
  readonly attempt: number;
  readonly index: number | undefined;
}
