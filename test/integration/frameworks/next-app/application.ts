import { RunRegistry } from 'stepstream/http';

export { bot, ownerOf } from '../application.js';

// #region recipe
// While you edit, Next.js evaluates modules anew; what must stay the same is of the process.
const shared = globalThis as { runs?: RunRegistry };
export const runs = (shared.runs ??= new RunRegistry());

export async function promptOf(request: Request): Promise<string | undefined> {
  const body = (await request.json().catch(() => undefined)) as { prompt?: unknown } | null | undefined;
  return typeof body?.prompt === 'string' ? body.prompt : undefined;
}

export const badRequest = (): Response =>
  Response.json({ error: { code: 'BAD_REQUEST', message: 'No prompt.' } }, { status: 400 });
// #endregion
