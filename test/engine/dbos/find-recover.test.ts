import { describe, expect, it } from 'vitest';
import { findRecover } from '../../../src/engine/dbos/failover/find-recover.js';
import { recoverByResuming } from '../../../src/engine/dbos/failover/recover-by-resuming.js';

const missing = (code: string) => async (): Promise<never> => {
  throw Object.assign(new Error('gone'), { code });
};

/** Stands for DBOS's executor. */
class Executor {
  static globalInstance: Executor | undefined;
  readonly asked: string[][] = [];

  async recoverPendingWorkflows(executorIds: string[]): Promise<string[]> {
    this.asked.push(executorIds);
    return ['run 1', 'run 2', 'run 3'];
  }
}

describe('how a dead worker is recovered', () => {
  it("is through DBOS's own recovery, which the installed version has", async () => {
    const recover = await findRecover();
    expect(recover).not.toBe(recoverByResuming);
    await expect(recover('dead')).rejects.toThrow('DBOS is not launched');
  });

  it('asks the executor that is launched then, and tells how many runs it was', async () => {
    const recover = await findRecover(async () => ({ DBOSExecutor: Executor }));
    Executor.globalInstance = new Executor();
    expect(await recover('dead')).toBe(3);
    expect(Executor.globalInstance.asked).toEqual([['dead']]);
  });

  it.each([
    ['the module is not exported', missing('ERR_PACKAGE_PATH_NOT_EXPORTED')],
    ['there is no such file', missing('ERR_MODULE_NOT_FOUND')],
    ['require finds no such file', missing('MODULE_NOT_FOUND')],
    ['it has no executor', async () => ({})],
    [
      'the executor has no recovery',
      async () => ({
        DBOSExecutor: class {
          static globalInstance = undefined;
        },
      }),
    ],
    ['the executor has no instance', async () => ({ DBOSExecutor: { prototype: Executor.prototype } })],
  ])('is through the public functions if %s', async (_, load) => {
    expect(await findRecover(load)).toBe(recoverByResuming);
  });

  it('fails if DBOS itself can not be loaded', async () => {
    await expect(findRecover(missing('EACCES'))).rejects.toThrow('gone');
  });
});
