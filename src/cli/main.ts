#!/usr/bin/env node
import { commandLine } from './command-line.js';
import { processIo } from './process-io.js';

// Whoever reads the output may stop before its end (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (process.stdout.listenerCount('error') === 1) process.exit(141);
});

void commandLine(process.argv.slice(2), processIo()).then((code) => {
  // The file may have left something open that would keep this process alive; what was written goes out first.
  process.stdout.write('', () => process.exit(code));
});
