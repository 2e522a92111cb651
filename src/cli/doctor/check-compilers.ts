import type { Finding } from './finding.js';
import { parseJsonc } from './parse-jsonc.js';
import type { Project } from './project.js';
import type { CompilerOptions } from './read-tsconfig.js';

const SAY_LEGACY = 'say "experimentalDecorators": true in tsconfig.json';
/** They have decorators of their own that are legacy ones. */
const LEGACY_ONLY = ['@nestjs/common', '@angular/core', 'next', 'typeorm', 'type-graphql'];

/** Looks at what tsconfig.json makes of decorators. */
export function checkTypescript(project: Project, options: CompilerOptions): readonly Finding[] {
  const { experimentalDecorators: legacy = false, target } = options;
  const findings: Finding[] = [];
  if (!legacy && target?.toLowerCase() === 'esnext')
    findings.push({
      what: 'tsconfig.json has the target ESNext, which leaves standard decorators in the code, and no Node.js runs them',
      remedy: `Say "target": "ES2022", or ${SAY_LEGACY}.`,
    });
  const legacyOnly = LEGACY_ONLY.filter((name) => project.dependsOn(name));
  if (!legacy && legacyOnly.length > 0)
    findings.push({
      what: `tsconfig.json lacks a flag: ${legacyOnly.join(', ')} ${legacyOnly.length === 1 ? 'has' : 'have'} legacy decorators`,
      remedy: 'Say "experimentalDecorators": true in its compilerOptions.',
    });
  return findings.length > 0 ? findings : [{ what: `tsconfig.json: ${legacy ? 'legacy' : 'standard'} decorators` }];
}

interface SwcOptions {
  readonly jsc?: {
    readonly parser?: { readonly decorators?: boolean };
    readonly transform?: { readonly legacyDecorator?: boolean };
  };
}

/** Looks at what .swcrc makes of them; swc doesn't read tsconfig.json. */
export function checkSwc(project: Project, options: CompilerOptions | undefined): readonly Finding[] {
  const text = project.read('.swcrc');
  if (text === undefined) return [];
  let swc: SwcOptions;
  try {
    swc = parseJsonc(text) as SwcOptions;
  } catch {
    return [{ what: '.swcrc is no JSON', remedy: 'Mend it.' }];
  }
  const legacy = swc.jsc?.transform?.legacyDecorator === true;
  if (swc.jsc?.parser?.decorators !== true)
    return [{ what: '.swcrc lacks a flag: swc reads no decorators', remedy: 'Say "decorators": true in jsc.parser.' }];
  if (options === undefined || legacy === (options.experimentalDecorators ?? false))
    return [{ what: `.swcrc: ${legacy ? 'legacy' : 'standard'} decorators` }];
  const [swcs, ts] = legacy ? ['legacy', 'standard'] : ['standard', 'legacy'];
  return [
    {
      what: `.swcrc compiles ${swcs} decorators, and tsconfig.json checks ${ts} ones`,
      remedy: `Say "legacyDecorator": ${!legacy} in jsc.transform, or "experimentalDecorators": ${legacy} in tsconfig.json.`,
    },
  ];
}

/** Looks at bundlers that hand decorators on as they are: vite 8, what runs on it, and esbuild for the target esnext. */
export function checkBundlers(project: Project, options: CompilerOptions | undefined): readonly Finding[] {
  const legacy = options?.experimentalDecorators ?? false;
  return [...checkVite(project, legacy), ...checkTsup(project, legacy)];
}

const COMPILES = /stepstream\/vite|swc|babel|esbuild\.transform|decorators/i;

function checkVite(project: Project, legacy: boolean): readonly Finding[] {
  const [name] = ['vite', 'rolldown', 'tsdown'].filter((one) => project.versionOf(one) !== undefined);
  const configs = ['vite', 'vitest', 'rolldown', 'tsdown'].flatMap((one) => project.configsOf(one));
  const used = ['vite', 'vitest', 'rolldown', 'tsdown'].some((one) => project.dependsOn(one)) || configs.length > 0;
  if (name === undefined || !used) return [];
  const tool = `${name} ${project.versionOf(name)}`;
  const plugged = configs.find(({ text }) => text.includes('stepstream/vite'));
  if (legacy && plugged !== undefined)
    return [
      {
        what: `${plugged.name} compiles standard decorators by stepstream/vite, and tsconfig.json says legacy ones`,
        remedy: 'Leave out the plugin, or "experimentalDecorators".',
      },
    ];
  const leaves = name !== 'vite' || Number(project.versionOf(name)!.split('.')[0]) >= 8;
  const bare = configs.filter(({ text }) => !COMPILES.test(text)).map((config) => config.name);
  if (legacy || !leaves || (configs.length > 0 && bare.length === 0)) return [{ what: tool }];
  return [
    {
      what: `${tool} leaves standard decorators in the code, and no Node.js and no browser runs them`,
      remedy: `Use the plugin stepstream/vite in ${bare.join(' and ') || 'vite.config.ts'}, or ${SAY_LEGACY}.`,
    },
  ];
}

function checkTsup(project: Project, legacy: boolean): readonly Finding[] {
  const inManifest = JSON.stringify(project.manifest.tsup ?? {});
  const found = [...project.configsOf('tsup'), { name: 'package.json', text: inManifest }].find(({ text }) =>
    /["']?target["']?\s*:\s*["']esnext["']/i.test(text),
  );
  if (legacy || found === undefined) return [];
  return [
    {
      what: `tsup has the target esnext in ${found.name}, which leaves standard decorators in the code`,
      remedy: `Say target: 'es2022' there, or ${SAY_LEGACY}.`,
    },
  ];
}
