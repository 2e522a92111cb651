/** A run as its table has it. */
export interface RunRow {
  readonly run_id: string;
  readonly pipeline: string;
  readonly fingerprint: string;
  readonly status: 'queued' | 'running' | 'suspended' | 'success' | 'failed' | 'cancelled' | 'timeout';
  readonly turn: number;
  /** `bigint`, as the driver gives it. */
  readonly from_seq: string | null;
  /** JSON. */
  readonly state: string;
  /** JSON. */
  readonly context: string | null;
  readonly timeout_ms: string | null;
  readonly priority: number | null;
  readonly partition: string | null;
  readonly created_at: Date;
  readonly turn_started_at: Date | null;
  readonly ended_at: Date | null;
  readonly cancel_reason: string | null;
  /** The turn whose end holds the checkpoint that the run goes on from. */
  readonly checkpoint_turn: number | null;
  readonly end_seq: string | null;
  /** The keys of what it waits for. */
  readonly asks: readonly string[];
  readonly expires_at: Date | null;
  /** Of an item of a distributed each: its run. */
  readonly item_of: string | null;
}

/** What a run can have ended as, for good. */
export const ENDED: readonly RunRow['status'][] = ['success', 'failed', 'cancelled', 'timeout'];

/** What a run can be, from its start to its end. */
export const RUN_STATUSES: readonly RunRow['status'][] = ['queued', 'running', 'suspended', ...ENDED];

/** Whether it has ended, for good. */
export const isEnded = ({ status }: Pick<RunRow, 'status'>): boolean => ENDED.includes(status);
