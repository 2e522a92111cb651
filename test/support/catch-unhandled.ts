import { sleep } from './sleep.js';

/**
 * Runs `work` and returns what was rejected meanwhile without anybody handling it. Vitest's own watch over rejections is
 * set aside for that time.
 */
export async function catchUnhandled(work: () => Promise<void>): Promise<unknown[]> {
  const seen: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const watch = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', watch);
  try {
    await work();
    // Node tells of a rejection when the microtasks of a turn have run.
    await sleep(5);
  } finally {
    process.off('unhandledRejection', watch);
    for (const other of others) process.on('unhandledRejection', other);
  }
  return seen;
}
