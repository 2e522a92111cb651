import type { Activation } from './activation.js';

/** Plan order, then visit, then index (C.1); of what is nested, what it is nested in comes first. */
export function inPlaceOrder(a: Activation, b: Activation): number {
  if (a.flow === b.flow) return inOneFlow(a, b);
  const [outerA, outerB] = [lineOf(a), lineOf(b)];
  for (let depth = 0; depth < outerA.length && depth < outerB.length; depth++) {
    const order = inOneFlow(outerA[depth], outerB[depth]);
    if (order !== 0) return order;
  }
  return outerA.length - outerB.length;
}

const inOneFlow = (a: Activation, b: Activation): number =>
  a.step.id - b.step.id || a.visit - b.visit || (a.index ?? -1) - (b.index ?? -1);

/** An activation and those around it, the outermost first. */
function lineOf(activation: Activation): Activation[] {
  const line: Activation[] = [];
  for (let at: Activation | undefined = activation; at !== undefined; at = at.flow.caller) line.push(at);
  return line.reverse();
}
