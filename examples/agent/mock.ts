import type { Message, Model, Reply } from './model.js';

const REPLIES: Reply[] = [
  {
    content: 'Let me look at both.',
    calls: [
      { id: 'a', name: 'weather', args: { city: 'Lisbon' } },
      { id: 'b', name: 'weather', args: { city: 'Porto' } },
      { id: 'c', name: 'weather', args: { city: 'Atlantis' } },
    ],
  },
  { content: 'Lisbon, then.', calls: [{ id: 'd', name: 'trains', args: { from: 'Porto', to: 'Lisbon' } }] },
  { content: 'Go to Lisbon, it will be sunny. Take the train at 08:14.', calls: [] },
];

/** A mock, not a model: it says its lines, whatever it is asked. */
export const mock: Model = async function* (messages) {
  const reply = REPLIES[messages.filter(isAnswer).length];
  for (const word of reply.content.match(/\S+\s*/g) ?? []) yield word;
  return reply;
};

const isAnswer = ({ role }: Message): boolean => role === 'assistant';
