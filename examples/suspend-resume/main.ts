import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from 'stepstream';
import { ExpenseClaim } from './expense-claim.js';

const folder = await mkdtemp(join(tmpdir(), 'expense-claim-'));
const file = join(folder, 'checkpoint.json');

/** On Monday: files the claim. The process may end after that. */
async function fileClaim(): Promise<void> {
  const claim = new ExpenseClaim();
  claim.on('step-start', ({ step }) => console.log(`  → ${step}`));
  const result = await claim.run({ traveller: 'Ada', amount: 480 }).result;
  if (result.status !== 'suspended') return;
  for (const { key, ask } of result.asks) console.log(`  ${key} asks: ${String(ask)}`);
  await writeFile(file, JSON.stringify(result.checkpoint));
}

/** On Thursday, perhaps on another machine: goes on. What was done on Monday isn't done again. */
async function answerClaim(note: string): Promise<void> {
  const checkpoint = JSON.parse(await readFile(file, 'utf8')) as Checkpoint;
  const claim = new ExpenseClaim();
  claim.on('run-start', ({ segment }) => console.log(`  segment ${segment}`));
  claim.on('step-start', ({ step }) => console.log(`  → ${step}`));
  const { status, text } = await claim.resume(checkpoint, { decide: { approved: true, note } }).result;
  console.log(`  ${status}: ${text}`);
}

console.log('Monday');
await fileClaim();
console.log('Thursday');
await answerClaim('ok').catch((error: Error) => console.log(`  ${error.message}`));
await answerClaim('a good trip');
await rm(folder, { recursive: true });
