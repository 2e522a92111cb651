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

/** Whose conversation is whose. Kept in memory, so not for ever: a real application would have a database here. */
export class Conversations {
  readonly #most: number;
  /** Who has been here last is last. */
  readonly #byVisitor = new Map<string, Conversation>();

  constructor(most = 1_000) {
    this.#most = most;
  }

  /** A visitor that is new here gets a conversation; the one that has not been here for longest is forgotten for it. */
  admit(): string {
    const visitor = randomUUID();
    for (const oldest of this.#byVisitor.keys()) if (this.#byVisitor.size >= this.#most) this.#byVisitor.delete(oldest);
    this.#byVisitor.set(visitor, { messages: [] });
    return visitor;
  }

  find(visitor: string | undefined): Conversation | undefined {
    const conversation = visitor === undefined ? undefined : this.#byVisitor.get(visitor);
    if (visitor === undefined || conversation === undefined) return undefined;
    this.#byVisitor.delete(visitor);
    this.#byVisitor.set(visitor, conversation);
    return conversation;
  }
}
