import type { MemberBlueprint } from '../../scanner/blueprint.js';
import { IDENTIFIER } from './identifier.js';

/** The place of a mistake in the author's words: `Chatbot.start`. */
export function whereOf({ owner, name }: Pick<MemberBlueprint, 'owner' | 'name'>): string {
  if (typeof name === 'symbol') return `${owner}[${String(name)}]`;
  return IDENTIFIER.test(name.replace(/^#/, '')) ? `${owner}.${name}` : `${owner}[${JSON.stringify(name)}]`;
}
