import type { RunEvent } from './events.js';
import { countedTokens, isOfOne, placeOf } from './counted-tokens.js';

type RunEnd = Extract<RunEvent, { readonly type: 'run-end' }>;
type StepEvent = Extract<RunEvent, { readonly visit: number }>;

/** What the events of a run, from its beginning, say that can't be true; nothing for an honest run. */
export function findDishonesty(events: readonly RunEvent[], text?: string): string[] {
  return [...findGaps(events), ...findWrongEnds(events), ...findWrongVisits(events), ...findWrongTokens(events, text)];
}

const at = ({ seq, type }: RunEvent): string => `${type} (seq ${seq})`;

function findGaps(events: readonly RunEvent[]): string[] {
  const problems = events.flatMap((event, place) =>
    event.seq === place + 1 ? [] : [`${at(event)} stands where seq ${place + 1} should`],
  );
  const strangers = events.filter(({ runId }) => runId !== events[0].runId);
  // One is enough: all behind a gap are wrong.
  return [...problems.slice(0, 1), ...strangers.map((event) => `${at(event)} is of another run`)];
}

/** Each segment begins with `run-start` and ends with `run-end`; behind a suspended one the next may follow. */
function findWrongEnds(events: readonly RunEvent[]): string[] {
  const problems: string[] = [];
  let segment = 0;
  let ended: RunEnd | undefined;
  for (const event of events) {
    const begins = event.type === 'run-start';
    if (begins && segment > 0 && ended?.status !== 'suspended') problems.push(`${at(event)} begins an ended run again`);
    if (begins && event.segment !== ++segment)
      problems.push(`${at(event)} says segment ${event.segment}, not ${segment}`);
    if (!begins && segment === 0) problems.push(`${at(event)} comes before run-start`);
    if (!begins && ended) problems.push(`${at(event)} comes after run-end`);
    ended = event.type === 'run-end' ? event : begins ? undefined : ended;
  }
  return ended ? problems : [...problems, 'there is no run-end at the end'];
}

/** Each `step-start` is closed exactly once, and nothing is said of a step that isn't open. */
function findWrongVisits(events: readonly RunEvent[]): string[] {
  const problems: string[] = [];
  const open = new Map<string, StepEvent>();
  const closed = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'run-end') {
      for (const place of open.keys()) {
        // It goes on in the next segment, with what waits inside it.
        if (event.status === 'suspended' && waitsInside(place, closed)) continue;
        problems.push(`${place} has not ended when the run has: ${at(event)}`);
        open.delete(place);
      }
      problems.push(...findWrongLedger(event, closed));
    }
    if (!('visit' in event)) continue;
    const place = placeOf(event);
    const fault = event.type === 'step-start' ? opening(event, open, closed) : going(event, open, closed);
    if (fault) problems.push(`${at(event)} of ${place} ${fault}`);
    if (event.type === 'step-start') open.set(place, event);
    const ending = endingOf(event);
    if (ending === undefined) continue;
    open.delete(place);
    closed.set(place, ending);
  }
  return problems;
}

/** Whether an item of an each, or a step of a sub-pipeline, is suspended. */
const waitsInside = (place: string, closed: ReadonlyMap<string, string>): boolean =>
  [...closed].some(
    ([inside, ending]) => ending === 'suspended' && (inside.startsWith(`${place}[`) || inside.startsWith(`${place}/`)),
  );

type Places = ReadonlyMap<string, unknown>;

function opening(event: StepEvent, open: Places, closed: Places): string | undefined {
  const place = placeOf(event);
  if (open.has(place)) return 'comes although it has not ended';
  // A sub-pipeline that is tried again begins anew, under the same keys.
  return closed.has(place) && event.path.length === 0 ? 'comes although it has ended' : undefined;
}

/** What may be said of a step that has ended: what its calls have cost, and that its tokens count no more. */
const AFTERWARDS: readonly string[] = ['usage', 'token-reset'];

function going(event: StepEvent, open: Places, closed: ReadonlyMap<string, string>): string | undefined {
  const place = placeOf(event);
  if (open.has(place)) return undefined;
  if (!closed.has(place)) return 'comes although it has not begun';
  // Answered in a later segment, or decided against.
  if (closed.get(place) === 'suspended' || AFTERWARDS.includes(event.type)) return undefined;
  return `comes although it is ${closed.get(place)}`;
}

/** How an event says that a visit has ended; undefined if it says nothing of that. */
function endingOf(event: StepEvent): string | undefined {
  // By name, for it is an event of runs that can suspend only.
  const type: string = event.type;
  if (type === 'step-suspend') return 'suspended';
  if (event.type === 'step-end') return event.status;
  if (event.type === 'step-cancel') return event.why;
  if (event.type === 'step-skip') return 'skipped';
  return event.type === 'step-error' && !event.handled ? 'failed' : undefined;
}

/** The ledger knows every visit that the events tell of, and says the same of it. */
function findWrongLedger(end: RunEnd, closed: ReadonlyMap<string, string>): string[] {
  const ledger = end.ledger as Readonly<Record<string, { readonly visits: readonly string[] }>>;
  return [...closed].flatMap(([place, ending]) => {
    const [, step, visit = '1'] = /^([^#[/]+)(?:#(\d+))?$/.exec(place) ?? [];
    if (step === undefined) return [];
    const said = ledger[step]?.visits[Number(visit) - 1];
    const same = said === ending || (ending === 'failed' && said === 'abandoned');
    return same ? [] : [`the ledger says that ${place} is ${said ?? 'not taken'}, but it is ${ending}`];
  });
}

/** A reset takes back what counted until then, and what is left of the tokens is the text. */
function findWrongTokens(events: readonly RunEvent[], text: string | undefined): string[] {
  const problems = events.flatMap((event, place) => {
    if (event.type !== 'token-reset') return [];
    const before = countedTokens(events.slice(0, place)).filter((token) => isOfOne(token, event));
    const taken = before.filter(({ seq }) => seq >= event.from && seq <= event.to);
    if (taken.length === 0) return [`${at(event)} of ${placeOf(event)} takes back nothing`];
    return taken.length < before.length ? [`${at(event)} of ${placeOf(event)} leaves a part of the stream`] : [];
  });
  const left = countedTokens(events).map(({ value }) => (typeof value === 'string' ? value : ''));
  if (text === undefined || left.join('') === text) return problems;
  return [
    ...problems,
    `the tokens that count are ${JSON.stringify(left.join(''))}, the text is ${JSON.stringify(text)}`,
  ];
}
