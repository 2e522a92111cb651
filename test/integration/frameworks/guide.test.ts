import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const page = read('../../../docs/guides/http-frameworks.md');

/** What is between the marks of a file, as far to the left as it goes. */
function recipeOf(file: string): string {
  const [, recipe] = /^ *\/\/ #region recipe\n(.*?)^ *\/\/ #endregion$/ms.exec(read(file))!;
  const indent = /^ */.exec(recipe)![0];
  return recipe.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

const files = ['express-app', 'hono-app', 'fastify-app', 'node-app', 'next-app/application'];

it.each(files)('the guide shows the recipe of %s as it is tested', (file) => {
  const recipe = recipeOf(`${file}.ts`);
  expect(recipe.length).toBeGreaterThan(300);
  expect(page).toContain(recipe);
});

it.each(['chat', 'runs', 'runs/[id]'])('the guide shows all of the route %s of Next.js as it is tested', (route) => {
  // A bundler finds modules without the ending that Node.js needs.
  const text = read(`next-app/${route}/route.ts`).replaceAll(".js'", "'");
  expect(page).toContain(`\`app/${route}/route.ts\`:\n\n\`\`\`typescript\n${text}\`\`\``);
});
