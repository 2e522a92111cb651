import type { useChat } from '@ai-sdk/react';
import type { UIMessage } from 'ai';
import { sleep } from '../../support/sleep.js';
import type { Sdk } from './sdks.js';

export type Chat = ReturnType<typeof useChat>;
type ChatInit = NonNullable<Parameters<typeof useChat>[0]>;

/** The part of a message with this type. */
export interface DataPart {
  readonly type: string;
  readonly id?: string;
  readonly data: unknown;
  readonly text?: string;
}

/** A chat as a page shows it: a component with `useChat`, rendered into a document, over a real connection. */
export class ChatPage implements AsyncDisposable {
  /** What the page has shown of the last message, at each of its renders. */
  readonly shown: string[] = [];
  /** What `onData` was told. */
  readonly told: DataPart[] = [];
  readonly #sdk: Sdk;
  readonly #element = document.createElement('main');
  readonly #root: ReturnType<Sdk['dom']['createRoot']>;
  #chat!: Chat;

  constructor(sdk: Sdk, url: string, init: ChatInit = {}) {
    this.#sdk = sdk;
    this.#root = sdk.dom.createRoot(document.body.appendChild(this.#element));
    const { createElement: h } = sdk.react;
    const transport = new sdk.ai.DefaultChatTransport({ api: `${url}api/chat` });
    const onData = (part: DataPart): void => void this.told.push(structuredClone(part));
    const Page = () => {
      this.#chat = sdk.hooks.useChat({ transport, onData, ...init });
      const { messages, status, error } = this.#chat;
      const last = messages.at(-1);
      this.shown.push(last?.role === 'assistant' ? textOf(last) : '');
      return h(
        'div',
        null,
        h('output', null, status),
        h('p', { role: 'alert' }, error?.message ?? ''),
        messages.map((message) => h('article', { key: message.id, className: message.role }, textOf(message))),
      );
    };
    this.#sdk.react.act(() => this.#root.render(h(Page)));
  }

  get chat(): Chat {
    return this.#chat;
  }

  get messages(): UIMessage[] {
    return this.#chat.messages;
  }

  /** What stands in the document of each message. */
  get articles(): string[] {
    return [...this.#element.querySelectorAll('article')].map(
      ({ className, textContent }) => `${className}: ${textContent}`,
    );
  }

  get status(): string | null {
    return this.#element.querySelector('output')!.textContent;
  }

  get alert(): string | null {
    return this.#element.querySelector('[role=alert]')!.textContent;
  }

  /** Does something with the chat, and doesn't wait for what that begins. */
  async do(work: (chat: Chat) => unknown): Promise<void> {
    await this.#sdk.react.act(async () => {
      void work(this.#chat);
      await sleep(0);
    });
  }

  /** Waits until the page looks so. */
  async until(looks: () => boolean): Promise<void> {
    for (let deadline = Date.now() + 10_000; !looks();) {
      if (Date.now() > deadline)
        throw new Error(`still ${this.status} ${this.alert}: ${JSON.stringify(this.articles)}`);
      await this.#sdk.react.act(() => sleep(2));
    }
  }

  /** Sends a message and waits until its answer has ended, well or not. */
  async ask(text: string): Promise<void> {
    await this.do((chat) => chat.sendMessage({ text }));
    await this.settled();
  }

  settled(): Promise<void> {
    return this.until(() => this.status === 'ready' || this.status === 'error');
  }

  /** The parts of the last message that have this type. */
  parts(type: string): DataPart[] {
    return (this.messages.at(-1)?.parts as DataPart[]).filter((part) => part.type === type);
  }

  /** Leaves the page, as a reload does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sdk.react.act(async () => this.#root.unmount());
    this.#element.remove();
  }
}

/** The text of a message as a page shows it. */
export const textOf = ({ parts }: UIMessage): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
