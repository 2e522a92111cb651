import { randomUUID } from 'node:crypto';
import type { RunStatus } from 'stepstream';
import type { Message } from './web-chat.js';

/** One message as the page shows it. */
export interface Shown extends Message {
  /** How the run of an answer has ended, if not well. */
  readonly ended?: Exclude<RunStatus, 'success'>;
}

/** A visitor's conversation, and the run that answers in it at the moment. */
export interface Conversation {
  readonly messages: Shown[];
  runId?: string;
}

/** Whose conversation is whose. Kept in memory: a real application would have a database here. */
export class Conversations {
  readonly #byVisitor = new Map<string, Conversation>();

  /** A visitor that is new here gets a conversation. */
  admit(): string {
    const visitor = randomUUID();
    this.#byVisitor.set(visitor, { messages: [] });
    return visitor;
  }

  find(visitor: string | undefined): Conversation | undefined {
    return visitor === undefined ? undefined : this.#byVisitor.get(visitor);
  }
}
