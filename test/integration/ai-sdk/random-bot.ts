import fc from 'fast-check';
import { Pipeline, call } from 'stepstream';
import { buildPipeline, type HandlerSpec, type StepSpec } from '../../support/build-class.js';
import { sleep } from '../../support/sleep.js';

/** What one streaming step, or one item of an each, says: pieces with a pause before those that have one. */
export interface Speech {
  readonly pieces: readonly { readonly text: string; readonly pause: boolean }[];
  /** After how many pieces its first attempt breaks off. */
  readonly breaks: number | undefined;
}

/** One stretch of a random pipeline. */
export type Section =
  | { readonly kind: 'step'; readonly emits: boolean }
  | { readonly kind: 'stream'; readonly speech: Speech; readonly repair: 'retry' | 'handler' }
  | { readonly kind: 'fork' | 'race'; readonly left: Speech; readonly right: Speech }
  | { readonly kind: 'each'; readonly items: readonly Speech[] }
  | { readonly kind: 'child'; readonly sections: readonly Section[]; readonly again: boolean };

const piece = fc.record({
  text: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.constantFrom('', '\n', '\r\n', '\u2028', '\ufeff', 'data: [DONE]\n\n', '\ud83d', '\ude00', '</script>'),
  ),
  pause: fc.boolean(),
});
const speech: fc.Arbitrary<Speech> = fc.record({
  pieces: fc.array(piece, { minLength: 1, maxLength: 5 }),
  breaks: fc.option(fc.nat(4), { nil: undefined, freq: 2 }),
});
const simple: fc.Arbitrary<Section>[] = [
  fc.record({ kind: fc.constant('step'), emits: fc.boolean() }),
  fc.record({ kind: fc.constant('stream'), speech, repair: fc.constantFrom('retry', 'handler') }),
  fc.record({ kind: fc.constantFrom('fork', 'race'), left: speech, right: speech }),
  fc.record({ kind: fc.constant('each'), items: fc.array(speech, { minLength: 1, maxLength: 3 }) }),
];

/** Pipelines of a few steps, streams, forks, eaches and sub-pipelines, some of which try again or are stood in for. */
export const sections: fc.Arbitrary<readonly Section[]> = fc.array(
  fc.oneof(
    ...simple,
    fc.record({
      kind: fc.constant('child'),
      sections: fc.array(fc.oneof(...simple), { minLength: 1, maxLength: 2 }),
      again: fc.boolean(),
    }),
  ),
  { minLength: 1, maxLength: 4 },
);

type Bot = Pipeline<{ fail?: boolean }>;
interface Attempt {
  readonly attempt: number;
  emit(name: string, data?: unknown): void;
}

async function* say({ pieces, breaks }: Speech, attempt: number): AsyncGenerator<string> {
  for (const [index, { text, pause }] of pieces.entries()) {
    if (attempt === 1 && index === breaks) break;
    if (pause) await sleep(1);
    yield text;
  }
  if (attempt === 1 && breaks !== undefined) throw new Error('broken off');
}

/** A pipeline of these sections, one after another, and at last a step that fails if the state says so. */
export function createBot(all: readonly Section[]): Bot {
  const spec: Spec = { steps: [], handlers: [], children: {} };
  for (const [index, section] of all.entries())
    addSection(section, `s${index}`, index + 1 < all.length ? `s${index + 1}` : 'check', spec);
  const check = ({ state }: { readonly state: { readonly fail?: boolean } }) => {
    if (state.fail) throw new Error('not good enough');
  };
  spec.steps.push({ name: 'check', body: check });
  const Random = buildPipeline({ name: 'Random', extends: Pipeline, ...spec }) as unknown as new () => Bot;
  return Object.assign(new Random(), spec.children);
}

interface Spec {
  readonly steps: StepSpec[];
  readonly handlers: HandlerSpec[];
  /** What becomes a field of the pipeline. */
  readonly children: Record<string, Bot>;
}

const TWICE = { retry: 2 };

const streaming = (name: string, to: string, speech: Speech): StepSpec => ({
  name,
  kind: 'streaming',
  to,
  options: TWICE,
  body: ({ attempt }: Attempt) => say(speech, attempt),
});

function addSection(section: Section, name: string, to: string, { steps, handlers, children }: Spec): void {
  switch (section.kind) {
    case 'step':
      steps.push({ name, to, body: ({ emit }: Attempt) => void (section.emits && emit('mark', { name })) });
      break;
    case 'stream':
      if (section.repair === 'retry') steps.push(streaming(name, to, section.speech));
      else {
        handlers.push({ name: `${name}Again`, body: () => say(section.speech, 2) });
        steps.push({ ...streaming(name, to, section.speech), options: { onError: `${name}Again` } });
      }
      break;
    case 'fork':
      steps.push({ name, to: [`${name}left`, `${name}right`] });
      steps.push(streaming(`${name}left`, to, section.left), streaming(`${name}right`, to, section.right));
      break;
    case 'race':
      steps.push({ name, to: [`${name}left`, `${name}right`] }, { name: `${name}first`, join: 'any', to });
      steps.push(streaming(`${name}left`, `${name}first`, section.left));
      steps.push(streaming(`${name}right`, `${name}first`, section.right));
      break;
    case 'each':
      steps.push({ name, to: `${name}each`, body: () => section.items });
      steps.push({ ...streaming(`${name}each`, to, NOTHING), kind: 'each', body: sayItem });
      break;
    case 'child': {
      const child = createBot(section.sections);
      children[`${name}Child`] = child;
      const body = ({ attempt }: Attempt) => call(child, { fail: section.again && attempt === 1 });
      steps.push({ name, kind: 'sub', to, options: { ...TWICE, of: () => child.constructor }, body });
    }
  }
}

const NOTHING: Speech = { pieces: [], breaks: undefined };
const sayItem = ({ item, attempt }: Attempt & { readonly item: Speech }) => say(item, attempt);
