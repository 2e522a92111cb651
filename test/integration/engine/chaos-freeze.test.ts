import { describe, expect, it } from 'vitest';
import { runChaos } from '../../../chaos/run-chaos.js';

// `npm run chaos` is the long form. The deadline is generous: it is for a machine that has much else to do.
describe.skipIf(process.env.DATABASE_URL)('twenty runs of a graph with everything', () => {
  it('end as they have to while workers are frozen, and those that wake work again', { timeout: 300_000 }, async () => {
    const failover = { heartbeat: 500, frozenAfter: 4_000, lookEvery: 200 };
    const bounds = { runs: 20, deadline: 200_000, calmAfter: 20_000, atOnce: 3 };
    const report = await runChaos({ ...bounds, failover, kill: 'freeze' });
    expect(report.problems).toEqual([]);
    // More, if the twenty have left nothing to do for those that were woken.
    expect(report.runs).toBeGreaterThanOrEqual(20);
    expect(report.freezes).toBeGreaterThanOrEqual(1);
    expect(report.recoveries).toBeGreaterThanOrEqual(1);
    expect(report.backAtWork).toBeGreaterThanOrEqual(1);
  });
});
