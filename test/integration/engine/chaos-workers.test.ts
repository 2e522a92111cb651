import { describe, expect, it } from 'vitest';
import { runChaos } from '../../../chaos/run-chaos.js';

// `npm run chaos` is the long form. The deadline is generous: it is for a machine that has much else to do.
describe.skipIf(process.env.DATABASE_URL)('twenty runs of a graph with everything', () => {
  it('end as they have to while their workers are killed', { timeout: 300_000 }, async () => {
    const report = await runChaos({ runs: 20, deadline: 200_000, calmAfter: 20_000, kill: 'workers' });
    expect(report.problems).toEqual([]);
    expect(report.runs).toBe(20);
    expect(report.kills).toBeGreaterThanOrEqual(3);
    expect(report.recoveries).toBeGreaterThanOrEqual(1);
    expect(report.resets).toBeGreaterThan(20);
  });
});
