import { recoverByResuming } from './recover-by-resuming.js';

/** What we use of DBOS's inside, as far as it is there. */
interface Internals {
  readonly DBOSExecutor?: {
    readonly prototype?: Partial<Executor>;
    readonly globalInstance?: Executor | undefined;
  };
}

interface Executor {
  recoverPendingWorkflows(executorIds: string[]): Promise<readonly unknown[]>;
}

const GONE = new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/** What puts a dead executor's runs back into their queues: DBOS's own recovery, or, should that be gone, its public functions. */
export async function findRecover(
  load: () => Promise<Internals> = () => import('@dbos-inc/dbos-sdk/internal/dbos-executor'),
): Promise<(executorId: string) => Promise<number>> {
  const { DBOSExecutor } = await load().catch((error: unknown): Internals => {
    if (GONE.has((error as { code?: string }).code ?? '')) return {};
    throw error;
  });
  if (typeof DBOSExecutor?.prototype?.recoverPendingWorkflows !== 'function') return recoverByResuming;
  if (!('globalInstance' in DBOSExecutor)) return recoverByResuming;
  return async (executorId) => {
    const { globalInstance } = DBOSExecutor;
    if (!globalInstance) throw new Error('Nothing can be recovered: DBOS is not launched.');
    return (await globalInstance.recoverPendingWorkflows([executorId])).length;
  };
}
