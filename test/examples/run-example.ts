import { runNode, type RunNodeOptions, type Said } from './run-node.js';

export interface ExampleOptions extends RunNodeOptions {
  readonly args?: readonly string[];
}

/** Runs an example's main as its users do. */
export const runExample = (name: string, { args = [], ...options }: ExampleOptions = {}): Promise<Said> =>
  runNode(['--import', 'tsx', `examples/${name}/main.ts`, ...args], options);
