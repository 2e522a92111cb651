import { afterEach, expect, test, vi } from 'vitest';
import { processIo } from '../../src/cli/process-io.js';

afterEach(() => vi.restoreAllMocks());

test('what others write meanwhile waits until it is time, and what commands write does not', () => {
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(`! ${String(text)}`) > 0);
  const before = [process.stdout.write, process.stderr.write];
  const io = processIo();
  const leave = io.onForeignWrite((write) => {
    said.push('hide');
    write();
    said.push('show');
  });
  io.stdout.write('mine');
  expect(process.stdout.write('theirs')).toBe(true);
  process.stderr.write('theirs too');
  leave();
  process.stdout.write('later');
  expect(said).toEqual(['mine', 'hide', 'theirs', 'show', 'hide', '! theirs too', 'show', 'later']);
  expect([process.stdout.write, process.stderr.write]).toEqual(before);
});

test('a signal is heard until nobody wants to, and so is the end of who reads', () => {
  const heard: string[] = [];
  const counts = () => [
    ...(['SIGINT', 'SIGTERM'] as const).map((name) => process.listenerCount(name)),
    process.stdout.listenerCount('error'),
  ];
  const before = counts();
  const leave = processIo().onSignal((signal) => heard.push(signal));
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGTERM', 'SIGTERM');
  // Its own listener alone: whoever runs the tests may have one as well.
  const listener = process.stdout.listeners('error').at(-1) as (error: Error) => void;
  listener(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  leave();
  expect(heard).toEqual(['SIGINT', 'SIGTERM', 'SIGPIPE']);
  expect(counts()).toEqual(before);
});
