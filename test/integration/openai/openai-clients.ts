import type OpenAI from 'openai';

const NODE = Number(process.versions.node.split('.')[0]);

/** The official clients, as their users load them. Their classes differ; what is asked of them here doesn't. */
export const clients: readonly {
  readonly name: string;
  readonly skip: boolean;
  readonly load: () => Promise<typeof OpenAI>;
}[] = [
  { name: 'openai 5', skip: false, load: async () => (await import('openai5')).default as unknown as typeof OpenAI },
  { name: 'openai 6', skip: false, load: async () => (await import('openai')).default },
  {
    name: NODE >= 22 ? 'openai 7' : `openai 7 (skipped: it needs Node 22, this is ${process.versions.node})`,
    skip: NODE < 22,
    load: async () => (await import('openai7')).default as unknown as typeof OpenAI,
  },
];
