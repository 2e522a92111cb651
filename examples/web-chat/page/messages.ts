export interface Shown {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly ended?: string;
}

/** What is said of an answer that is not whole. */
const ENDINGS: Readonly<Record<string, string>> = { cancelled: 'Stopped.', timeout: 'It took too long.' };

/** The messages of the conversation. What anybody has said is text, never markup. */
export class Messages {
  readonly #log: HTMLElement;

  constructor(log: HTMLElement) {
    this.#log = log;
  }

  clear(): void {
    this.#log.replaceChildren();
  }

  /** Adds a message, and gives back how to change its text. */
  add({ role, content, ended }: Shown): MessageView {
    const article = document.createElement('article');
    article.dataset.role = role;
    // Who speaks is shown by place and colour, which not everybody sees.
    article.ariaLabel = role === 'user' ? 'You' : 'Answer';
    const text = document.createElement('div');
    article.append(text);
    this.#log.append(article);
    const view = new MessageView(this.#log, article, text);
    view.say(content);
    if (ended !== undefined) view.end(ended);
    return view;
  }
}

/** One message on the page. */
export class MessageView {
  readonly #log: HTMLElement;
  readonly #article: HTMLElement;
  readonly #text: HTMLElement;

  constructor(log: HTMLElement, article: HTMLElement, text: HTMLElement) {
    this.#log = log;
    this.#article = article;
    this.#text = text;
  }

  say(text: string): void {
    // A reader who has scrolled up is not carried away.
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
    this.#text.textContent = text;
    if (atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** A screen reader waits for a whole answer. */
  set busy(busy: boolean) {
    this.#article.ariaBusy = String(busy);
  }

  end(status: string, why?: string): void {
    this.busy = false;
    if (status === 'success') return;
    const footer = document.createElement('footer');
    footer.textContent = ENDINGS[status] ?? `It has failed${why === undefined ? '.' : `: ${why}`}`;
    this.#article.append(footer);
  }
}
