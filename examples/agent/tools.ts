/** A function that the model may call, described for it. */
export interface Tool {
  readonly description: string;
  readonly parameters: readonly string[];
  run(args: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string>;
}

const WEATHER: Record<string, string> = { Lisbon: 'sunny, 24 degrees', Porto: 'rain, 16 degrees' };

export const tools: Readonly<Record<string, Tool>> = {
  weather: {
    description: 'The weather in a city tomorrow.',
    parameters: ['city'],
    async run({ city }) {
      if (!(city in WEATHER)) throw new Error(`no forecast for ${city}`);
      return WEATHER[city];
    },
  },
  trains: {
    description: 'The trains between two cities tomorrow.',
    parameters: ['from', 'to'],
    async run({ from, to }) {
      return `${from} 08:14, ${to} 11:02; ${from} 09:39, ${to} 12:27`;
    },
  },
};
