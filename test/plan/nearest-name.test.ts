import { expect, it } from 'vitest';
import { nearestName } from '../../src/plan/problems/nearest-name.js';

const names = ['respond', 'start', 'search', 'a'];

it.each([
  ['respnd', 'respond'],
  ['repsond', 'respond'],
  ['responnd', 'respond'],
  ['Respond', 'respond'],
  ['serach', 'search'],
  ['strat', 'start'],
  ['A', 'a'],
  ['answer', undefined],
  ['b', undefined],
  ['rsp', undefined],
  ['', undefined],
])('%s was meant to be %s', (name, meant) => {
  expect(nearestName(name, names)).toBe(meant);
});

it('of two equally near the first counts', () => {
  expect(nearestName('cat', ['bat', 'rat'])).toBe('bat');
  expect(nearestName('cats', ['rats', 'cat', 'cats2'])).toBe('rats');
});
