import { StepstreamError } from '../errors/stepstream-error.js';

interface ConnectionFacts {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly status?: number;
  readonly cause?: unknown;
}

/** A run can't be read any further. The run itself may well go on. */
export class ConnectionError extends StepstreamError {
  override readonly name = 'ConnectionError';
  /** The status of the response, if the server has refused. */
  readonly status: number | undefined;

  constructor({ status, ...facts }: ConnectionFacts) {
    super(facts);
    this.status = status;
  }
}

/** The stream was cut, and there was no way to go on with it. */
export const connectionLost = (why: string, cause: unknown): ConnectionError =>
  new ConnectionError({
    code: 'CONNECTION_LOST',
    message: `The stream was cut before the end of the run, and ${why}.`,
    remedy: 'Connect again later with { after: connection.position }: the run may have gone on.',
    cause,
  });

/** What answers at the address of a run is not that run. */
export const anotherRun = (runId: string, found: string): ConnectionError =>
  new ConnectionError({
    code: 'CONNECTION_LOST',
    message: `The stream was cut before the end of the run ${runId}, and now the run ${found} answers in its place.`,
    remedy: 'Keep runs in a RunRegistry, and start them by POST.',
  });

/** The server sends something else than the events of a run. */
export const notAStream = (message: string): ConnectionError =>
  new ConnectionError({
    code: 'NOT_A_STREAM',
    message,
    remedy: "Look at the address, and that the server sends the run with toResponse() in the format 'sse'.",
  });

interface Refusal {
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
}

/** What the server has said in place of a stream; its code is the error's. */
export async function refused(response: Response): Promise<ConnectionError> {
  const said = ((await response.json().catch(() => undefined)) ?? {}) as Refusal;
  const { code, message } = said.error ?? {};
  const text = typeof message === 'string' ? ` ${message}` : '';
  return new ConnectionError({
    code: typeof code === 'string' ? code : 'RESPONSE_REFUSED',
    message: `The server has answered with ${response.status}.${text}`,
    remedy: 'Mend the request, or look into the log of the server.',
    status: response.status,
  });
}
