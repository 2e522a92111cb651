import { toResponse } from 'stepstream/http';
import { badRequest, bot, ownerOf, promptOf } from '../application.js';

export async function POST(request: Request): Promise<Response> {
  const prompt = await promptOf(request);
  await ownerOf(request.headers.get('cookie'));
  if (prompt === undefined) return badRequest();
  // The run of a client that leaves is cancelled, also of one that has left before there is an answer.
  return toResponse(bot.run({ prompt }), { signal: request.signal });
}
