import type { BlueprintError, Problem } from '../errors/blueprint-error.js';
import { StepstreamError } from '../errors/stepstream-error.js';
import { define } from '../plan/define.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { findPipelines } from './find-pipelines.js';
import type { Io } from './io.js';
import { loadFile } from './load-file.js';
import { loadToolkit, type Toolkit } from './load-toolkit.js';
import { parseOptions } from './parse-options.js';
import { findSharedWrites } from './shared-writes/find-shared-writes.js';
import { loadParser } from './shared-writes/load-parser.js';

/** `stepstream check`: everything that is wrong with the pipelines of a file. */
export async function check(args: readonly string[], io: Io): Promise<number> {
  const { options, words } = parseOptions(args, { json: 'boolean', class: 'string' }, 1);
  const file = await loadFile(words[0], io);
  const parse = loadParser(file.path);
  const seen = new Set<PipelineClass>();
  const reports: { pipeline: string; problems: readonly Problem[] }[] = [];
  for (const { name, pipelineClass } of findPipelines(file, options.class)) {
    const known = [...define(pipelineClass).known.keys()].filter((one) => !seen.has(one));
    for (const one of known) seen.add(one);
    const shared = known.flatMap((one) => findSharedWrites(one, parse));
    const problems = [...problemsOf(pipelineClass, await loadToolkit(file, pipelineClass)), ...distinct(shared)];
    reports.push({ pipeline: name, problems });
  }
  io.stdout.write(options.json ? `${JSON.stringify(reports, null, 2)}\n` : reports.map(toText).join(''));
  return reports.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

function problemsOf(pipelineClass: PipelineClass, { planOf }: Toolkit): readonly Problem[] {
  try {
    planOf(pipelineClass);
    return [];
  } catch (error) {
    // Of whichever copy.
    if (StepstreamError.is(error) && 'problems' in error) return (error as BlueprintError).problems;
    throw error;
  }
}

/** A method of a base class is everybody's. */
const distinct = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((problem) => [problem.where, problem])).values(),
];

function toText({ pipeline, problems }: { readonly pipeline: string; readonly problems: readonly Problem[] }): string {
  if (problems.length === 0) return `${pipeline}: no problems\n`;
  const lines = problems.map(({ code, where, what, remedy }) => `  - ${where}: ${what} ${remedy} [${code}]\n`);
  return `${pipeline}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n${lines.join('')}`;
}
