import { StepstreamError } from '../errors/stepstream-error.js';
import { nearestName } from '../plan/problems/nearest-name.js';
import { check } from './check.js';
import { doctor } from './doctor.js';
import { graph } from './graph.js';
import type { Io } from './io.js';
import { oneLine } from './one-line.js';
import { ownVersion } from './own-version.js';
import { run } from './run.js';
import { runs } from './runs.js';
import { USAGE } from './usage.js';
import { UsageError } from './usage-error.js';

type Command = (args: readonly string[], io: Io) => Promise<number>;

const COMMANDS: ReadonlyMap<string, Command> = new Map(Object.entries({ graph, check, run, runs, doctor }));

/** Runs what was typed behind `stepstream`, and resolves to the exit code: 2, and one line, for what can't be meant. */
export async function commandLine(args: readonly string[], io: Io): Promise<number> {
  try {
    const [name, ...rest] = args;
    if (name === '--version') io.stdout.write(`${ownVersion()}\n`);
    else if (name === '--help' || name === '-h' || name === 'help' || isAskedFor(rest)) io.stdout.write(USAGE);
    else return await commandOf(name)(rest, io);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError) && !StepstreamError.is(error)) throw error;
    // A class that can't run has a list of problems, each on its line.
    const wrong = 'problems' in error;
    io.stderr.write(`stepstream: ${wrong ? error.message : oneLine(error)}\n`);
    return wrong ? 1 : 2;
  }
}

function commandOf(name: string | undefined): Command {
  const names = [...COMMANDS.keys()];
  if (name === undefined) throw new UsageError(`Say what to do: ${names.join(', ')}, or --help.`);
  const command = COMMANDS.get(name);
  if (command !== undefined) return command;
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? `The commands are ${names.join(', ')}.` : `Did you mean "${nearest}"?`;
  throw new UsageError(`There is no command "${name}". ${hint}`);
}

const isAskedFor = (rest: readonly string[]): boolean => rest.includes('--help') || rest.includes('-h');
