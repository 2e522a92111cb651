import type { EndSignal, Io } from './io.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The process that this is, as commands see it. */
export const processIo = (): Io => ({
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  nodeVersion: process.versions.node,
  now: () => Date.now(),
  onSignal,
});

function onSignal(listener: (signal: EndSignal) => void): () => void {
  const onError = ({ code }: NodeJS.ErrnoException): void => {
    if (code === 'EPIPE') listener('SIGPIPE');
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  process.stdout.on('error', onError);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
    process.stdout.off('error', onError);
  };
}
