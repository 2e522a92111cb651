import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { root } from '../docs/read-programs.js';

const SILENT = { default: { logLevel: ExtractorLogLevel.None } };

/** What a file of declarations exports, as a text to be read: one declaration after another, in alphabetical order. */
export function reportApi(declarations: string): string {
  const entry = `${root}${declarations}`;
  if (!existsSync(entry)) throw new Error(`${declarations} is not built: npm run build`);
  const folder = mkdtempSync(join(tmpdir(), 'stepstream-api-'));
  try {
    const config = ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: `${root}package.json`,
      configObject: {
        projectFolder: root,
        newlineKind: 'lf',
        mainEntryPointFilePath: entry,
        compiler: { overrideTsconfig: { compilerOptions: COMPILER, files: [entry] } },
        apiReport: { enabled: true, reportFileName: 'report', reportFolder: folder, reportTempFolder: folder },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        messages: { extractorMessageReporting: SILENT, tsdocMessageReporting: SILENT },
      },
    });
    const { errorCount } = Extractor.invoke(config, { localBuild: true, messageCallback: (m) => (m.handled = true) });
    if (errorCount > 0) throw new Error(`${declarations} can't be read`);
    const [report] = config.reportConfigs;
    return declarationsOf(readFileSync(join(folder, report.fileName), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const COMPILER = {
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2022', 'dom', 'dom.iterable', 'esnext.disposable'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
};

/** Without the notes about what has no docstring: the linter asks for those that are needed. */
function declarationsOf(report: string): string {
  const [, code] = /```ts\n+(.*?)\n*```/s.exec(report)!;
  return `${code
    .replace(/^ *\/\/ \(undocumented\)\n/gm, '')
    .replace(/^\/\/ @public( \(undocumented\))?\n/gm, '')
    .replace(/\n*\/\/ \(No @packageDocumentation.*$/s, '')}\n`;
}
