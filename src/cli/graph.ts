import type { Plan } from '../plan/plan.js';
import { findPipelines } from './find-pipelines.js';
import type { Io } from './io.js';
import { loadFile } from './load-file.js';
import { loadToolkit } from './load-toolkit.js';
import { oneLine } from './one-line.js';
import { parseOptions } from './parse-options.js';
import { StepstreamError } from '../errors/stepstream-error.js';

/** `stepstream graph`: draws the pipelines of a file, or prints their plans. */
export async function graph(args: readonly string[], io: Io): Promise<number> {
  const { options, words } = parseOptions(args, { json: 'boolean', class: 'string' }, 1);
  const file = await loadFile(words[0], io);
  const drawings: string[] = [];
  const plans: Plan[] = [];
  let wrong = false;
  for (const { name, pipelineClass } of findPipelines(file, options.class)) {
    const { planOf, toMermaid } = await loadToolkit(file, pipelineClass);
    try {
      plans.push(planOf(pipelineClass));
      drawings.push(`%% ${name}\n${toMermaid(pipelineClass)}\n`);
    } catch (error) {
      if (!StepstreamError.is(error)) throw error;
      io.stderr.write(`${'problems' in error ? error.message : oneLine(error)}\n`);
      wrong = true;
    }
  }
  // The name of the only one stands in no drawing, which can so be handed on as it is.
  const drawn = drawings.length === 1 && !wrong ? drawings[0].replace(/^.*\n/, '') : drawings.join('\n');
  if (plans.length > 0) io.stdout.write(options.json ? toJson(plans) : drawn);
  return wrong ? 1 : 0;
}

const toJson = (plans: readonly Plan[]): string =>
  `${JSON.stringify(plans.length === 1 ? plans[0] : plans, withoutSchemas, 2)}\n`;

/** The schema of an answer is an object of a library, which JSON can't tell. */
const withoutSchemas = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '~standard' in value ? undefined : value;
