/** This process ends when the one that has started it does, by whatever means. */
export function endWithParent(): void {
  process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
}
