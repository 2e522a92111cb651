import type { Flow } from '../../executor/flow.js';

/** A flow and the children that it runs, so far as hooks surround them, the outer ones first. */
export function hookedFlows(flow: Flow): readonly Flow[] {
  const inner = [...(flow.children?.values() ?? [])].flatMap(hookedFlows);
  return flow.hooks === undefined ? inner : [flow, ...inner];
}
