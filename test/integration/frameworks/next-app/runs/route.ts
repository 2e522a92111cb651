import { badRequest, bot, ownerOf, promptOf, runs } from '../application.js';

export async function POST(request: Request): Promise<Response> {
  const prompt = await promptOf(request);
  const owner = await ownerOf(request.headers.get('cookie'));
  if (prompt === undefined) return badRequest();
  const run = runs.start((options) => bot.run({ prompt }, options), { owner });
  return runs.attach(run.id, { owner, signal: request.signal });
}
