/** A refusal as an HTTP response: a status, and a code that a client can act on. */
export const jsonError = (status: number, code: string, message: string): Response =>
  Response.json({ error: { code, message } }, { status, headers: { 'cache-control': 'no-store' } });
