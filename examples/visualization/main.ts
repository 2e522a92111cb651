import { planOf, type Plan } from 'stepstream';
import { toMermaid } from 'stepstream/mermaid';
import { Bakery } from './bakery.js';

// Neither needs a run, or an instance: the graph is a fact of the class. A class that can't run throws here.
if (process.argv.includes('--mermaid')) console.log(toMermaid(Bakery));
else describe(planOf(Bakery));

/** The plan is plain data: whatever needs the graph of a pipeline can read it. */
function describe({ pipeline, steps }: Plan, indent = ''): void {
  console.log(`${indent}${pipeline}`);
  for (const { name, kind, to, jumps, child } of steps) {
    const targets = to.map((id) => (jumps.includes(id) ? `back to ${steps[id].name}` : steps[id].name));
    console.log(`${indent}  ${name} (${kind}) → ${targets.join(', ') || 'the end'}`);
    if (child?.plan) describe(child.plan, `${indent}    `);
  }
}
