/** Where an event of a step belongs. */
export interface Place {
  readonly path: readonly string[];
  readonly step: string;
  readonly visit: number;
  readonly index?: number;
}

/** The key of the activation that an event tells of, as `research#2/load#3[4]`. */
export const placeOf = (place: Place): string => {
  const own = segmentOf(place) + (place.index === undefined ? '' : `[${place.index}]`);
  return place.path.length === 0 ? own : `${place.path.join('/')}/${own}`;
};

/** The visit of a step of the run's own pipeline inside which an event has happened. */
export const rootOf = (place: Place): string =>
  place.path.length === 0 ? segmentOf(place) : place.path[0].replace(/\[\d+\]$/, '');

const segmentOf = ({ step, visit }: Place): string => (visit > 1 ? `${step}#${visit}` : step);
