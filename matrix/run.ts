// Tries the packed package in every toolchain: npm run build && npm run matrix [-- --pairwise] [--only=TEXT] [--jobs=N]
import { parseArgs } from 'node:util';
import { limitOf, listCells, nameOf } from './cells.js';
import { choosePairwise } from './pairwise.js';
import { Trials, type Verdict } from './try-cell.js';
import { writeTables } from './tables.js';
import { Workshop } from './workshop.js';

const { values: options } = parseArgs({
  options: {
    pairwise: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
  },
});

const cells = (options.pairwise ? choosePairwise(listCells()) : listCells()).filter((cell) =>
  nameOf(cell).includes(options.only),
);

const MARKS = { passed: '✓', 'way out': '✓', 'not possible': '○', failed: '✗' };

function tell({ cell, status, said }: Verdict, seconds: number): void {
  const limit = limitOf(cell);
  const how = limit ? `: ${limit.why} ${limit.wayOut}` : '';
  console.log(`${MARKS[status]} ${nameOf(cell)} — ${status}${how} (${seconds.toFixed(1)} s)`);
  if (said !== undefined) console.log(said.replace(/^/gm, '    '));
}

async function main(): Promise<void> {
  using workshop = new Workshop();
  const began = performance.now();
  await workshop.pack();
  const trials = new Trials(workshop);
  const verdicts: Verdict[] = [];
  const queue = [...cells];
  const work = async (): Promise<void> => {
    for (let cell = queue.shift(); cell; cell = queue.shift()) {
      const start = performance.now();
      const verdict = await trials.try(cell);
      verdicts.push(verdict);
      tell(verdict, (performance.now() - start) / 1000);
    }
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, work));
  conclude(verdicts, (performance.now() - began) / 1000);
  if (!options.pairwise && options.only === '') await writeTables(verdicts);
}

function conclude(verdicts: readonly Verdict[], seconds: number): void {
  const count = (...of: Verdict['status'][]): number => verdicts.filter(({ status }) => of.includes(status)).length;
  const failed = count('failed');
  // A cell that is still not possible for the reason given has been tried, and is as the table says.
  const passed = count('passed', 'way out', 'not possible');
  console.log(
    `\n${count('passed')} as they are, ${count('way out')} by a way out, ${count('not possible')} not possible, as expected`,
  );
  console.log(` Tests  ${failed} failed | ${passed} passed (${verdicts.length}) in ${seconds.toFixed(0)} s`);
  process.exitCode = failed > 0 || verdicts.length === 0 ? 1 : 0;
}

await main();
