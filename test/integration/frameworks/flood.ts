/** How far a generator has come that would never end. */
export interface Flood {
  bytes: number;
  left: boolean;
}

/** The one of this process, for routes that are bundled apart. */
export function flood(): Flood {
  const shared = globalThis as { flood?: Flood };
  return (shared.flood ??= { bytes: 0, left: false });
}
