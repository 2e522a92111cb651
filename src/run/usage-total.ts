/** Token counts of a run: in all, and by model where the steps named one. */
export interface UsageTotal {
  readonly input: number;
  readonly output: number;
  readonly models: Readonly<Record<string, { readonly input: number; readonly output: number }>>;
}
