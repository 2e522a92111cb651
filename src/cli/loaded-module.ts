/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** What a file exports, and how it would get at other modules. */
export interface LoadedModule {
  readonly exports: Exports;
  /** Loads what the file gets by `import`. */
  importAs(specifier: string): Promise<Exports>;
}
