import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** One answer of the compiler: where, and its code with its whole message. */
export interface Answer {
  readonly line: number;
  readonly text: string;
}

/** The settings of this repository's own tsconfig in one dialect, but for unused names: a private hook looks unused. */
function settingsFor(experimentalDecorators: boolean): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as {
    config: { compilerOptions: object };
    error?: ts.Diagnostic;
  };
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  return { ...options, experimentalDecorators, noUnusedLocals: false, noUnusedParameters: false, noEmit: true };
}

/** What the compiler says of files of this folder, by file name, in one decorator dialect. */
export function compile(names: readonly string[], experimentalDecorators: boolean): Map<string, Answer[]> {
  const paths = names.map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const program = ts.createProgram(paths, settingsFor(experimentalDecorators));
  const answers = new Map<string, Answer[]>(names.map((name) => [name, []]));
  for (const [place, name] of names.entries()) {
    const source = program.getSourceFile(paths[place]);
    if (!source) throw new Error(`${name} was not compiled`);
    for (const diagnostic of ts.getPreEmitDiagnostics(program, source)) {
      const line = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1;
      const text = `TS${diagnostic.code}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
      answers.get(name)!.push({ line, text });
    }
  }
  return answers;
}
