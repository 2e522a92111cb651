export { bot, ownerOf, runs } from '../application.js';

// #region recipe
export async function promptOf(request: Request): Promise<string | undefined> {
  const body = (await request.json().catch(() => undefined)) as { prompt?: unknown } | null | undefined;
  return typeof body?.prompt === 'string' ? body.prompt : undefined;
}

export const badRequest = (): Response =>
  Response.json({ error: { code: 'BAD_REQUEST', message: 'No prompt.' } }, { status: 400 });
// #endregion
