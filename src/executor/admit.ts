import { CANCELLED, type Activation } from './activation.js';
import { runsInside } from './runs-inside.js';

/**
 * Lets an activation begin: not while the consumer is a full lead behind (E.4), and not while its step has all its
 * calls (F.5). The gate is inside the body's wrapper, so the walk never waits for it.
 */
export function admit(activation: Activation, begin: (activation: Activation) => void): void {
  if (activation.settled) return;
  const { run, step } = activation;
  if (run.log.full) return waitForRoom(activation, begin);
  activation.interrupt = undefined;
  if (step.concurrency === undefined || runsInside(activation)) return begin(activation);
  takeSlot(activation, step.concurrency, begin);
}

function waitForRoom(activation: Activation, begin: (activation: Activation) => void): void {
  // Aborted while it waits it settles at once; a release that comes later finds it settled.
  activation.interrupt = () => undefined;
  activation.run.log.gate({ release: () => admit(activation, begin) });
}

function takeSlot(activation: Activation, limit: number, begin: (activation: Activation) => void): void {
  const slots = activation.flow.slotsOf(activation.name, limit);
  const start = (): void => {
    if (activation.decided !== undefined) {
      // Decided against in the very moment in which others let their slots go.
      slots.give();
      return activation.settle(CANCELLED);
    }
    if (activation.run.log.full) {
      // The consumer has fallen behind while this waited in line: others may have the slot until he has caught up.
      slots.give();
      return admit(activation, begin);
    }
    activation.interrupt = undefined;
    activation.onSettled = () => slots.give();
    begin(activation);
  };
  if (slots.take(start)) start();
  else activation.interrupt = () => slots.withdraw(start);
}
