import { recoverByResuming } from './recover-by-resuming.js';

/** What we use of DBOS's inside, as far as it is there. */
interface Internals {
  readonly DBOSExecutor?: { readonly globalInstance?: { recoverPendingWorkflows?(ids: string[]): Promise<unknown[]> } };
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
  if (typeof DBOSExecutor?.globalInstance?.recoverPendingWorkflows !== 'function') return recoverByResuming;
  return async (executorId) => {
    const executor = DBOSExecutor.globalInstance;
    if (!executor?.recoverPendingWorkflows) throw new Error('DBOS was shut down while runs were to be recovered.');
    return (await executor.recoverPendingWorkflows([executorId])).length;
  };
}
