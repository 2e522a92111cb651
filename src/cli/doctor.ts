import { resolve } from 'node:path';
import { checkBundlers, checkSwc, checkTypescript } from './doctor/check-compilers.js';
import { checkNode, checkScripts } from './doctor/check-runtime.js';
import type { Finding } from './doctor/finding.js';
import { findCopies } from './doctor/find-copies.js';
import { Project } from './doctor/project.js';
import { readTsconfig } from './doctor/read-tsconfig.js';
import type { Io } from './io.js';
import { parseOptions } from './parse-options.js';

/** `stepstream doctor`: finds what keeps decorators from running in a project, and says what to do about it. */
export async function doctor(args: readonly string[], io: Io): Promise<number> {
  const { words } = parseOptions(args, {}, 1);
  const name = words[0] ?? '.';
  const project = new Project(resolve(io.cwd, name), name);
  const findings = [checkNode(io.nodeVersion), ...findCopies(project), ...checkToolchain(project)];
  const wrong = findings.filter(({ remedy }) => remedy !== undefined);
  for (const { what, remedy } of findings)
    io.stdout.write(remedy === undefined ? `✓ ${what}\n` : `✗ ${what}. ${remedy}\n`);
  io.stdout.write(`${wrong.length === 0 ? 'no' : wrong.length} ${wrong.length === 1 ? 'problem' : 'problems'}\n`);
  return wrong.length > 0 ? 1 : 0;
}

function checkToolchain(project: Project): readonly Finding[] {
  const tsconfig = readTsconfig(project.folder);
  if (tsconfig !== undefined && 'problem' in tsconfig)
    return [{ what: `tsconfig.json can't be read: ${tsconfig.problem.replace(/\.$/, '')}`, remedy: 'Mend it.' }];
  return [
    ...(tsconfig === undefined ? [] : checkTypescript(project, tsconfig)),
    ...checkSwc(project, tsconfig),
    ...checkBundlers(project, tsconfig),
    ...checkScripts(project, tsconfig?.experimentalDecorators ?? false),
  ];
}
