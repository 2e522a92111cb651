import { Pipeline, Streaming } from 'stepstream';
import { toResponse } from 'stepstream/http';
import { flood } from '../../flood.js';

const PIECE = 'x'.repeat(16 * 1024);

class Gigabyte extends Pipeline<object> {
  static readonly pipeline = { name: 'gigabyte' };

  @Streaming()
  async *respond() {
    try {
      for (let made = 0; made < 64 * 1024; made++) {
        flood().bytes += PIECE.length;
        yield PIECE;
      }
    } finally {
      flood().left = true;
    }
  }
}
const gigabyte = new Gigabyte();

export async function GET(request: Request): Promise<Response> {
  return toResponse(gigabyte.run({}), { signal: request.signal });
}
