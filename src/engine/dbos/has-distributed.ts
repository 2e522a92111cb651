import type { Plan } from '../../plan/plan.js';

/** Whether items of it, or of a pipeline that it runs, are spread over workers. */
export const hasDistributed = ({ steps }: Plan): boolean =>
  steps.some(
    ({ each, child }) => each?.distributed === true || (child?.plan !== undefined && hasDistributed(child.plan)),
  );
