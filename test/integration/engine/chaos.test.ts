import { describe, expect, it } from 'vitest';
import { runChaos } from '../../../chaos/run-chaos.js';

const RUNS = 20;
/** Generous: it is for a machine that has much else to do. */
const bounded = { runs: RUNS, deadline: 200_000, calmAfter: 20_000 };

// `npm run chaos` is the long form.
describe.skipIf(process.env.DATABASE_URL)('twenty runs of a graph with everything', () => {
  it('end as they have to while their workers are killed', { timeout: 300_000 }, async () => {
    const report = await runChaos({ ...bounded, kill: 'workers' });
    expect(report.problems).toEqual([]);
    expect(report.runs).toBe(RUNS);
    expect(report.kills).toBeGreaterThanOrEqual(3);
    expect(report.recoveries).toBeGreaterThanOrEqual(1);
    expect(report.resets).toBeGreaterThan(RUNS);
  });

  it('end as they have to while PostgreSQL restarts and crashes', { timeout: 300_000 }, async () => {
    const report = await runChaos({ ...bounded, kill: 'postgres', atOnce: 2, calmAfter: 30_000 });
    expect(report.problems).toEqual([]);
    expect(report.runs).toBe(RUNS);
    expect(report.restarts).toBeGreaterThanOrEqual(2);
    expect(report.crashes).toBeGreaterThanOrEqual(1);
  });

  it('end as they have to while workers are frozen, and those that wake work again', { timeout: 300_000 }, async () => {
    const failover = { heartbeat: 500, frozenAfter: 4_000, lookEvery: 200 };
    const report = await runChaos({ ...bounded, kill: 'freeze', failover, atOnce: 3 });
    expect(report.problems).toEqual([]);
    expect(report.runs).toBe(RUNS);
    expect(report.freezes).toBeGreaterThanOrEqual(1);
    expect(report.recoveries).toBeGreaterThanOrEqual(1);
    expect(report.backAtWork).toBeGreaterThanOrEqual(1);
  });
});
