import { connect, ConnectionError, LiveText, type Connection } from 'stepstream/client';
import { Messages } from '../../web-chat/page/messages.js';
import type { Chatbot } from '../chatbot.js';
import type { WorkerInfo } from '../workers.js';

/** What was asked, and the run that answers: all that the page has to remember. */
interface Asked {
  readonly question: string;
  readonly runId: string;
}

const find = <E extends HTMLElement>(id: string): E => document.querySelector<E>(`#${id}`)!;
const question = find<HTMLTextAreaElement>('question');
const status = find('status');
const messages = new Messages(find('messages'));
const runUrl = (runId: string): string => `/runs/${encodeURIComponent(runId)}`;

const ASKED = 'asked';
const asked = JSON.parse(sessionStorage.getItem(ASKED) ?? '[]') as Asked[];
let current: Connection<Chatbot> | undefined;

/** Reads an answer to its end, and shows it as it comes; what was said in vain is taken back. */
async function read(connection: Connection<Chatbot>, onRun?: (runId: string) => void): Promise<void> {
  current = connection;
  setBusy(true);
  const answer = messages.add({ role: 'assistant', content: '' });
  answer.busy = true;
  const text = new LiveText();
  try {
    for await (const event of connection) {
      if (event.type === 'run-start') onRun?.(event.runId);
      if (text.take(event)) answer.say(text.text);
      if (event.type === 'run-end') answer.end(event.status, event.error?.message);
    }
  } catch (error) {
    answer.end('failed', error instanceof ConnectionError ? error.message : String(error));
  } finally {
    current = undefined;
    setBusy(false);
  }
}

async function ask(text: string): Promise<void> {
  if (current !== undefined || text === '') return;
  messages.add({ role: 'user', content: text });
  question.value = '';
  await read(connect<Chatbot>('/chat', { body: { question: text }, runUrl }), (runId) => {
    asked.push({ question: text, runId });
    sessionStorage.setItem(ASKED, JSON.stringify(asked));
  });
}

/** The page was reloaded: every run is read from its beginning, and the last one goes on. */
async function open(): Promise<void> {
  for (const { question, runId } of [...asked]) {
    messages.add({ role: 'user', content: question });
    await read(connect<Chatbot>(runUrl(runId)));
  }
}

function setBusy(busy: boolean): void {
  find('send').hidden = busy;
  find('stop').hidden = !busy;
  status.textContent = busy ? 'Answering …' : '';
}

function showWorkers(workers: readonly WorkerInfo[]): void {
  const items = workers.map(({ name, pid, state, answering }) => {
    const item = document.createElement('li');
    item.dataset.worker = name;
    item.dataset.state = answering.length > 0 ? 'answering' : state;
    const label = document.createElement('span');
    const small = document.createElement('small');
    small.textContent = `${item.dataset.state}, process ${pid}`;
    label.append(name, small);
    const kill = document.createElement('button');
    kill.type = 'button';
    kill.textContent = 'Kill';
    kill.ariaLabel = `Kill ${name}`;
    kill.disabled = state === 'starting';
    kill.addEventListener('click', () => void fetch(`/workers/${name}`, { method: 'DELETE' }));
    item.append(label, kill);
    return item;
  });
  find('workers').replaceChildren(...items);
}

/** Asks again and again; a button that is about to be clicked is not taken away for nothing. */
async function watchWorkers(): Promise<void> {
  for (let before = ''; ; await new Promise((resolve) => setTimeout(resolve, 300))) {
    const now = await fetch('/workers').then(
      (response) => response.text(),
      () => before,
    );
    if (now !== before) showWorkers(JSON.parse(now) as WorkerInfo[]);
    before = now;
  }
}

find('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void ask(question.value.trim());
});
question.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void ask(question.value.trim());
});
find('stop').addEventListener('click', () => void current?.cancel());

void watchWorkers();
void open();
