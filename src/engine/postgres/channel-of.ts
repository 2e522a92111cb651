/** As many channels as a process may listen to, so that it hears little of what others read. */
const CHANNELS = 16;

/** The channel on which the events of a run are told. */
export function channelOf(runId: string): string {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let index = 0; index < runId.length; index++) hash = Math.imul(hash ^ runId.charCodeAt(index), 0x01000193);
  return `stepstream_${(hash >>> 0) % CHANNELS}`;
}
