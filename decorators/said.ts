/** What the options of a decorator say, as far as the checks ask; `never` stands for what isn't said. */
export interface Said {
  readonly to: string;
  readonly goto: string;
  readonly onError: string;
  readonly join: 'all' | 'any';
  readonly attempts: number;
  readonly answer: unknown;
}
