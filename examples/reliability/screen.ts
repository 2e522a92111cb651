import type { AnyRun, RunEvent } from 'stepstream';

type Token = Extract<RunEvent, { type: 'token' }>;
type Reset = Extract<RunEvent, { type: 'token-reset' }>;

/** Shows a run as it goes, line by line; a token that no longer counts is taken off the screen. */
export async function showOnScreen(run: AnyRun): Promise<void> {
  let shown: Token[] = [];
  const draw = (): string => `  screen: "${shown.map(({ value }) => String(value)).join('')}"`;

  for await (const event of run) {
    switch (event.type) {
      case 'token':
        shown.push(event);
        console.log(draw());
        break;
      case 'token-reset':
        shown = shown.filter((token) => !isTakenBack(token, event));
        console.log(`${draw()} (taken back: ${event.why})`);
        break;
      case 'step-retry':
        console.log(`${event.step}: ${event.error.message}; again in ${event.delay} ms`);
        break;
      case 'step-error':
        console.log(`${event.step}: ${event.error.message}${event.handled ? '; its handler takes over' : ''}`);
    }
  }
}

/** Of several that stream at once, the numbers of one lie between those of another: so it asks who has said it, too. */
const isTakenBack = (token: Token, reset: Reset): boolean =>
  reset.from <= token.seq && token.seq <= reset.to && placeOf(token) === placeOf(reset);

const placeOf = ({ path, step, visit, index }: Token | Reset): string => JSON.stringify([path, step, visit, index]);
