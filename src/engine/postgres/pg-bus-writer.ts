import { BufferedWriter, type TakenRun, type WriterStore } from '../durable/buffered-writer.js';

/** A writer whose events go to PostgreSQL. */
export class PgBusWriter extends BufferedWriter {
  /** It may write no event with a higher `seq` before it has reserved that: after a crash nobody could tell it. */
  reserved: number;
  /** It is about to go on after a loss, and was not told yet: it may have been written that it goes on, or not. */
  goesOn = false;

  constructor(run: TakenRun, reserved: number, store: WriterStore) {
    super(run, store);
    this.reserved = reserved;
  }
}
