/** Milliseconds as a reader likes them: `340 ms`, `2.5 s`, `3 min 20 s`, `2 h 5 min`. */
export function toDuration(time: number): string {
  const ms = Math.max(0, Math.round(time));
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
