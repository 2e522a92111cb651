import type { AnyRun } from 'stepstream';

/** Shows a run as it goes, line by line; a token that no longer counts is taken off the screen. */
export async function showOnScreen(run: AnyRun): Promise<void> {
  const shown = new Map<number, { step: string; text: string }>();
  const screen = (): string => [...shown.values()].map(({ text }) => text).join('');

  for await (const event of run) {
    switch (event.type) {
      case 'token':
        shown.set(event.seq, { step: event.step, text: String(event.value) });
        console.log(`  screen: "${screen()}"`);
        break;
      case 'token-reset':
        // When several steps stream at once, the numbers of one lie between those of another: so look at the step too.
        for (const [seq, { step }] of shown)
          if (step === event.step && event.from <= seq && seq <= event.to) shown.delete(seq);
        console.log(`  screen: "${screen()}" (taken back: ${event.why})`);
        break;
      case 'step-retry':
        console.log(`${event.step}: ${event.error.message}; again in ${event.delay} ms`);
        break;
      case 'step-error':
        console.log(`${event.step}: ${event.error.message}${event.handled ? '; its handler takes over' : ''}`);
    }
  }
}
