import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Checkpoint } from 'stepstream';
import { sqliteStore, type Driver } from 'stepstream/storage/sqlite';
import { resumeAs } from './approval.js';

/** Another process at the same file: says `ready`, waits for a line, resumes so many times at once, and says what came of it. */
const [path, driver, name, count] = process.argv.slice(2) as [string, Driver, string, string];
const checkpoint = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Checkpoint;
const stores = Array.from({ length: Number(count) }, () => sqliteStore({ path, driver, busyTimeout: 60_000 }));
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const finishes = await Promise.all(stores.map((store, n) => resumeAs(`${name}.${n}`, { checkpoint, store })));
for (const store of stores) await store.close();
process.stdout.write(JSON.stringify(finishes));
