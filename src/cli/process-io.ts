import type { EndSignal, Io, Output } from './io.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The process that this is, as commands see it. */
export const processIo = (): Io => ({
  stdout: toOutput(process.stdout),
  stderr: toOutput(process.stderr),
  cwd: process.cwd(),
  nodeVersion: process.versions.node,
  now: () => Date.now(),
  onSignal,
  onForeignWrite,
});

/** Writes by the method that the stream has now, whoever replaces it later. */
function toOutput(stream: NodeJS.WriteStream): Output {
  const write = stream.write.bind(stream);
  return {
    write: (text) => write(text),
    isTTY: stream.isTTY,
    get columns() {
      return stream.columns;
    },
  };
}

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

type Write = (...args: readonly unknown[]) => boolean;

function onForeignWrite(listener: (write: () => void) => void): () => void {
  const undo = [process.stdout, process.stderr].map((stream: { write: unknown }) => {
    const { write: before } = stream;
    const replaced: Write = (...args) => {
      let written = true;
      listener(() => (written = Reflect.apply(before as Write, stream, args)));
      return written;
    };
    stream.write = replaced;
    return () => (stream.write = before);
  });
  return () => undo.forEach((one) => one());
}
