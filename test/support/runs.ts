const MODEL_RUNS = Number(process.env['MODEL_RUNS'] ?? 200);

/** How many cases a property tries: so many in the unit suite, and as many times more as `MODEL_RUNS` is more than 200. */
export const runs = (count: number): number => Math.ceil((count * MODEL_RUNS) / 200);
