import { describe, expect, it } from 'vitest';
import { runChaos } from '../../../chaos/run-chaos.js';

// `npm run chaos` is the long form. The deadline is generous: it is for a machine that has much else to do.
describe.skipIf(process.env.DATABASE_URL)('twenty runs of a graph with everything', () => {
  it('end as they have to while PostgreSQL restarts and crashes', { timeout: 300_000 }, async () => {
    const report = await runChaos({ runs: 20, deadline: 200_000, calmAfter: 30_000, atOnce: 2, kill: 'postgres' });
    expect(report.problems).toEqual([]);
    expect(report.runs).toBe(20);
    expect(report.restarts).toBeGreaterThanOrEqual(2);
    expect(report.crashes).toBeGreaterThanOrEqual(1);
  });
});
