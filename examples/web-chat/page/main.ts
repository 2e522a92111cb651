import { connect, ConnectionError, LiveText, type Connection, type WireEvent } from 'stepstream/client';
import type { WebChat } from '../web-chat.js';
import { Graph, type GraphStep } from './graph.js';
import { Messages, type MessageView, type Shown } from './messages.js';

interface Opened {
  readonly messages: readonly Shown[];
  readonly runId?: string;
  readonly note: string;
  readonly graph: readonly GraphStep[];
}

const find = <E extends HTMLElement>(id: string): E => document.querySelector<E>(`#${id}`)!;
const question = find<HTMLTextAreaElement>('question');
const send = find<HTMLButtonElement>('send');
const stop = find<HTMLButtonElement>('stop');
const status = find('status');
const suggestions = find('suggestions');

/** What a visitor is told, in place of what the developer of a client is. */
const REFUSALS: Readonly<Record<number, string>> = {
  401: 'This conversation is no longer here. You can begin a new one.',
  409: 'One question after the other.',
  503: 'The server is stopping. Ask again in a moment.',
};
const LOST = 'The connection was lost. Reload the page to see how the answer goes on.';

const opened = await load();
const graph = new Graph(document.querySelector<HTMLElement>('.graph')!, opened.graph);
const messages = new Messages(find('messages'));

const runUrl = (runId: string): string => `/runs/${encodeURIComponent(runId)}`;
let current: Connection<WebChat> | undefined;

async function load(): Promise<Opened> {
  return (await (await fetch('/conversation')).json()) as Opened;
}

/** Shows the conversation as the server has it, and goes on with the answer that is being given. */
function open({ messages: known, note, runId }: Opened): void {
  find('note').textContent = note;
  messages.clear();
  for (const message of known) messages.add(message);
  if (runId !== undefined) void read(connect<WebChat>(runUrl(runId)));
}

/** Reads an answer to its end, and shows it as it comes; resolves to why the server has refused, if it has. */
async function read(connection: Connection<WebChat>): Promise<string | undefined> {
  current = connection;
  setBusy(true);
  graph.clear();
  suggestions.replaceChildren();
  const answer = messages.add({ role: 'assistant', content: '' });
  answer.busy = true;
  const text = new LiveText();
  try {
    for await (const event of connection) {
      if (text.take(event)) answer.say(text.text);
      else show(event, answer);
    }
  } catch (error) {
    const status = error instanceof ConnectionError ? error.status : undefined;
    const why = status === undefined ? LOST : (REFUSALS[status] ?? `The server has answered with ${status}.`);
    answer.end('failed', why);
    return status === undefined ? undefined : why;
  } finally {
    current = undefined;
    setBusy(false);
  }
}

function show(event: WireEvent<WebChat>, answer: MessageView): void {
  switch (event.type) {
    case 'step-start':
      return graph.show(event.step, 'running', event.at);
    case 'step-retry':
      return graph.show(event.step, 'retrying', event.at);
    case 'step-end':
      if (event.step === 'suggest') propose(event.output);
      return graph.show(event.step, 'done', event.at);
    case 'step-skip':
      return graph.show(event.step, 'skipped', event.at);
    case 'step-cancel':
      return graph.show(event.step, 'cancelled', event.at);
    case 'step-error':
      return graph.show(event.step, 'failed', event.at);
    case 'run-end':
      return answer.end(event.status, event.error?.message);
  }
}

function propose(questions: readonly string[]): void {
  const buttons = questions.map((text) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text;
    button.addEventListener('click', () => void ask(text));
    return button;
  });
  suggestions.replaceChildren(...buttons);
}

async function ask(text: string): Promise<void> {
  if (current !== undefined || text.trim() === '') return;
  messages.add({ role: 'user', content: text.trim() });
  question.value = '';
  const refusal = await read(connect<WebChat>('/chat', { body: { question: text }, runUrl }));
  if (refusal === undefined) return;
  // It was not asked: most often another tab of this visitor has asked before.
  open(await load());
  question.value ||= text;
  status.textContent = refusal;
}

function setBusy(busy: boolean): void {
  // The focus must not go with the button that had it; who reads elsewhere in the page stays there.
  const focused = document.activeElement;
  const goes = focused === document.body || focused === send || focused === stop || suggestions.contains(focused);
  send.hidden = busy;
  stop.hidden = !busy;
  status.textContent = busy ? 'Answering …' : '';
  if (goes) question.focus();
}

function stopAnswer(): void {
  current?.cancel().catch((error: Error) => (status.textContent = error.message));
}

find('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void ask(question.value);
});
question.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void ask(question.value);
});
stop.addEventListener('click', stopAnswer);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !event.isComposing) stopAnswer();
});

open(opened);
