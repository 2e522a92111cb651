import { StepstreamError } from './stepstream-error.js';

/** One mistake of a pipeline class. */
export interface Problem {
  /** Stable, in capitals; `docs/errors/` has one page per code. */
  readonly code: string;
  /** The member that is wrong: `Chatbot.start`. */
  readonly where: string;
  /** The fact, with the nearest name where a name is unknown. */
  readonly what: string;
  /** One imperative sentence. */
  readonly remedy: string;
}

/** A pipeline class that can't run. It lists every mistake at once. Thrown before the first run. */
export class BlueprintError extends StepstreamError {
  override readonly name = 'BlueprintError';
  readonly problems: readonly Problem[];

  constructor(pipeline: string, problems: readonly Problem[]) {
    const lines = problems.map(({ code, where, what, remedy }) => `  - ${where}: ${what} ${remedy} [${code}]`);
    super({
      code: 'BLUEPRINT_INVALID',
      terse: true,
      message: `${pipeline} can't run, it has ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}:\n${lines.join('\n')}`,
      remedy: 'Mend the members named above.',
    });
    this.problems = Object.freeze([...problems]);
  }
}
