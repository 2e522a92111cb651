/** Where an event belongs, as all step events say it. */
export interface Placed {
  readonly step: string;
  readonly path: readonly string[];
  readonly visit: number;
  readonly index?: number | undefined;
}

/** The key of the activation that an event tells of (B.6). */
export function placeKey({ step, path, visit, index }: Placed): string {
  const own = `${step}${visit > 1 ? `#${visit}` : ''}${index === undefined ? '' : `[${index}]`}`;
  return path.length === 0 ? own : `${path.join('/')}/${own}`;
}
