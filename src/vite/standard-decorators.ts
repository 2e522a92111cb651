import { transform } from 'esbuild';

/** What `standardDecorators` takes. */
export interface StandardDecoratorsOptions {
  /**
   * What your tsconfig says of `useDefineForClassFields` or `verbatimModuleSyntax`, if it says anything: they change the
   * code that comes out, and the plugin doesn't read your tsconfig.
   */
  readonly compilerOptions?: { readonly useDefineForClassFields?: boolean; readonly verbatimModuleSyntax?: boolean };
}

/** What vite sees of the plugin; written out, so that it fits whichever vite, vitest or rolldown you have. */
export interface StandardDecoratorsPlugin {
  readonly name: string;
  readonly enforce: 'pre';
  readonly transform: {
    readonly filter: { readonly id: { readonly include: RegExp; readonly exclude: RegExp }; readonly code: RegExp };
    handler(this: void, code: string, id: string): Promise<{ code: string; map: string } | null>;
  };
}

/** The ending of a script, also of one inside another file: `Chat.vue?vue&type=script&lang.ts`. */
const SCRIPT = /\.(m?[jt]s|[jt]sx)(?=\?|$)/;
const PACKAGE = /\/node_modules\//;
/** An `@` in front of a name or a bracket: each decorator has one, and a comment or a text that has one does no harm. */
const DECORATOR = /@\s*[\p{ID_Start}$_(]/u;

/**
 * A vite plugin that compiles files with standard decorators, which vite 8, vitest and rolldown leave as they are, by
 * esbuild (`npm install -D esbuild`). Files without decorators, and packages, are left to vite.
 */
export function standardDecorators(options: StandardDecoratorsOptions = {}): StandardDecoratorsPlugin {
  return {
    name: 'stepstream:standard-decorators',
    enforce: 'pre',
    transform: {
      filter: { id: { include: SCRIPT, exclude: PACKAGE }, code: DECORATOR },
      async handler(code, id) {
        // Older vites don't know filters.
        const extension = SCRIPT.exec(id)?.[1];
        if (extension === undefined || PACKAGE.test(id) || !DECORATOR.test(code)) return null;
        return compile(code, id, extension, options);
      },
    },
  };
}

async function compile(code: string, id: string, extension: string, { compilerOptions }: StandardDecoratorsOptions) {
  const result = await transform(code, {
    loader: loaderOf(extension),
    // The newest one without decorators in it: everything else is left to vite, which knows the browsers to build for.
    target: 'es2022',
    format: 'esm',
    // How JSX is compiled is vite's affair as well.
    jsx: 'preserve',
    sourcefile: id.replace(/\?.*$/s, ''),
    sourcemap: 'external',
    tsconfigRaw: { compilerOptions: { ...compilerOptions, experimentalDecorators: false } },
  });
  return { code: result.code, map: result.map };
}

/** `.mts` is TypeScript without JSX; a plain JavaScript file may have JSX in it. */
function loaderOf(extension: string): 'ts' | 'tsx' | 'jsx' {
  if (extension === 'tsx') return 'tsx';
  return extension.endsWith('ts') ? 'ts' : 'jsx';
}
