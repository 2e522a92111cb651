import { connect, LiveText, type Connection, type WireEvent } from 'stepstream/client';
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

const opened = (await (await fetch('/conversation')).json()) as Opened;
find('note').textContent = opened.note;
const graph = new Graph(document.querySelector<HTMLElement>('.graph')!, opened.graph);
const messages = new Messages(find('messages'));
for (const message of opened.messages) messages.add(message);

const runUrl = (runId: string): string => `/runs/${encodeURIComponent(runId)}`;
let current: Connection<WebChat> | undefined;

/** Reads an answer to its end, and shows it as it comes. */
async function read(connection: Connection<WebChat>): Promise<void> {
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
    answer.end('failed', error instanceof Error ? error.message : String(error));
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
    button.addEventListener('click', () => ask(text));
    return button;
  });
  suggestions.replaceChildren(...buttons);
}

function ask(text: string): void {
  if (current !== undefined || text.trim() === '') return;
  messages.add({ role: 'user', content: text.trim() });
  question.value = '';
  void read(connect<WebChat>('/chat', { body: { question: text }, runUrl }));
}

function setBusy(busy: boolean): void {
  send.hidden = busy;
  stop.hidden = !busy;
  status.textContent = busy ? 'Answering …' : '';
  if (!busy) question.focus();
}

function stopAnswer(): void {
  current?.cancel().catch((error: Error) => (status.textContent = error.message));
}

find('form').addEventListener('submit', (event) => {
  event.preventDefault();
  ask(question.value);
});
question.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask(question.value);
});
stop.addEventListener('click', stopAnswer);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') stopAnswer();
});

// The answer that was being given when the page was left.
if (opened.runId !== undefined) void read(connect<WebChat>(runUrl(opened.runId)));
