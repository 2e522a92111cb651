const LONGEST = 60_000;

/** Milliseconds for which a server that has refused does not want to be asked again, a minute at most. */
export function retryAfter({ headers }: Response): number {
  const said = headers.get('retry-after') ?? '0';
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  // A date that is none is no wish.
  return Math.min(Math.max(ms || 0, 0), LONGEST);
}
