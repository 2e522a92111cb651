/** Stands for anything that is slow to open and must be closed: a client, a pool, an index. */
export interface Dictionary {
  find(word: string): Promise<string | undefined>;
  close(): Promise<void>;
}

const WORDS = new Map([
  ['good', 'dobré'],
  ['morning', 'ráno'],
  ['evening', 'večer'],
]);

export async function openDictionary(): Promise<Dictionary> {
  return {
    find: async (word) => WORDS.get(word),
    close: async () => {},
  };
}
