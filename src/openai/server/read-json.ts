import { brokenOff, notJson, notJsonType, tooLarge } from './refusals.js';

/** The JSON of a request; no more than `limit` bytes of it are ever kept. */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const { headers } = request;
  const type = headers.get('content-type');
  // A form of a foreign page can send other types without being asked whether it may.
  if (!/^application\/json(?:\s*;|$)/i.test(type ?? '')) throw notJsonType(type);
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') throw notJsonType(`${type}, ${encoding}`);
  if (Number(headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  const bytes = await readBytes(request, limit);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw notJson();
  }
}

/** It is the client that has left: nothing that the server need be told. */
function brokeOff(): never {
  throw brokenOff();
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read().catch(brokeOff);
    if (done) break;
    length += value.length;
    if (length > limit) {
      reader.cancel().catch(() => undefined);
      throw tooLarge(limit);
    }
    pieces.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
