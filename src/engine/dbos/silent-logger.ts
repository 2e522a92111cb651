const ignore = (): void => undefined;

/** DBOS would write to the console; what matters comes to `onError`, or to the runs. */
export const SILENT_LOGGER = { info: ignore, debug: ignore, warn: ignore, error: ignore };
