import ts from 'typescript';
import { root } from './read-programs.js';

/** A file, and the page that it is from. */
export interface CheckedFile {
  readonly page: string;
  readonly path: string;
}

const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as { config: object };
const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);

const host = ts.createCompilerHost(options);
const parsed = new Map<string, ts.SourceFile | undefined>();
// How decorators are meant changes nothing in what a file is read as, so both dialects share what was read.
const read = host.getSourceFile.bind(host);
host.getSourceFile = (name, ...rest) => {
  if (!parsed.has(name)) parsed.set(name, read(name, ...rest));
  return parsed.get(name);
};

/** What the compiler says of programs, under the settings of this repository's own tsconfig. */
export function checkPrograms(files: readonly CheckedFile[], dialect: 'legacy' | 'standard'): string[] {
  const paths = files.map(({ path }) => path);
  // A private hook looks unused.
  const settings = { ...options, experimentalDecorators: dialect === 'legacy', noUnusedLocals: false, noEmit: true };
  const program = ts.createProgram(paths, settings, host);
  return files.flatMap(({ page, path }) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map((diagnostic) => {
      const { file, start = 0, messageText } = diagnostic;
      const place = file === undefined ? page : `${page}:${file.getLineAndCharacterOfPosition(start).line + 1}`;
      return `${place}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    }),
  );
}
