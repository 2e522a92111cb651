import { ownerOf, runs } from '../../application.js';

interface Route {
  readonly params: Promise<{ readonly id: string }>;
}

export async function GET(request: Request, { params }: Route): Promise<Response> {
  const { id } = await params;
  const owner = await ownerOf(request.headers.get('cookie'));
  const lastEventId = request.headers.get('last-event-id');
  return runs.attach(id, { owner, lastEventId, signal: request.signal });
}

// Else Next.js answers it with GET, and drops the body unread.
export const HEAD = (): Response => new Response(null, { status: 405 });

export async function DELETE(request: Request, { params }: Route): Promise<Response> {
  const { id } = await params;
  const owner = await ownerOf(request.headers.get('cookie'));
  return new Response(null, { status: (await runs.cancel(id, { owner })) ? 204 : 404 });
}
