import type { RunEvent } from '../../src/run/events.js';
import { same } from './compare-run.js';
import { keyIn } from './current-key.js';
import type { Told } from './model-told.js';
import type { Played, Segment } from './run-graph.js';

type StepEvent = Extract<RunEvent, { readonly visit: number }>;

/** What holds for the events of every run, whatever it did. */
export function checkEvents({ segments }: Played, told: Told): void {
  const events = segments.flatMap((segment) => segment.events);
  same(
    events.map(({ seq }) => seq),
    events.map((_, i) => i + 1),
  );
  segments.forEach(checkEnds);
  const steps = groupBy(
    events.filter((event): event is StepEvent => 'visit' in event),
    keyIn,
  );
  for (const [key, own] of steps) checkStep(key, own, told);
  for (const [name, { visits }] of Object.entries(told.ledger)) {
    const own = visits.flatMap((_, i) => steps.get(i === 0 ? name : `${name}#${i + 1}`) ?? []);
    same(
      own.filter(isClosing).map(ending),
      visits.filter((visit) => visit !== 'suspended'),
    );
  }
  checkText(events, segments.at(-1)!);
}

function checkEnds({ events, result }: Segment, i: number): void {
  const ends = events.filter(({ type }) => type === 'run-start' || type === 'run-end');
  const [start, end] = ends;
  same([start, end, ends.length], [events[0], events.at(-1), 2]);
  if (start.type !== 'run-start' || end.type !== 'run-end') throw new Error('A run begins by its start.');
  same([start.segment, end.status, end.ledger], [i + 1, result.status, result.ledger]);
}

/** Every start is closed once, and nothing of the step is said before or after but that what it streamed is taken back. */
function checkStep(key: string, events: readonly StepEvent[], told: Told): void {
  let at: 'closed' | 'open' | 'suspended' = 'closed';
  for (const event of events) {
    const before = at;
    if (event.type === 'step-start') at = 'open';
    else if (event.type === 'step-suspend') at = 'suspended';
    else if (isClosing(event)) at = 'closed';
    const wanted =
      event.type === 'step-start' ? 'closed' : isClosing(event) && before === 'suspended' ? 'suspended' : 'open';
    if (event.type !== 'token-reset') same([key, event.type, before], [key, event.type, wanted]);
  }
  const waits = told.asks.some((ask) => ask === key || ask.startsWith(`${key}/`) || ask.startsWith(`${key}[`));
  if (!waits) same([key, at], [key, 'closed']);
}

const isClosing = (event: StepEvent): boolean =>
  event.type === 'step-end' ||
  event.type === 'step-skip' ||
  event.type === 'step-cancel' ||
  (event.type === 'step-error' && !event.handled);

function ending(event: StepEvent): string {
  if (event.type === 'step-end') return event.status;
  if (event.type === 'step-cancel') return event.why;
  return event.type === 'step-skip' ? 'skipped' : 'failed';
}

/** D.4: who reads the tokens, and forgets what he is told to forget, has the text. */
function checkText(events: readonly RunEvent[], { result }: Segment): void {
  let tokens: { readonly seq: number; readonly key: string; readonly value: string }[] = [];
  for (const event of events) {
    if (event.type === 'token') tokens.push({ seq: event.seq, key: keyIn(event), value: event.value as string });
    if (event.type !== 'token-reset') continue;
    const { from, to } = event;
    tokens = tokens.filter(({ seq, key }) => key !== keyIn(event) || seq < from || seq > to);
  }
  same(result.text, tokens.map(({ value }) => value).join(''));
  const texts = groupBy(tokens, ({ key }) => key);
  for (const [key, own] of texts) same([key, result.texts[key]], [key, own.map(({ value }) => value).join('')]);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
