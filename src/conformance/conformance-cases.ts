import { attempts } from './cases/attempts.js';
import { cancels } from './cases/cancels.js';
import { chains } from './cases/chains.js';
import { children } from './cases/children.js';
import { distributedEaches, eaches } from './cases/eaches.js';
import { failures } from './cases/failures.js';
import { handlers } from './cases/handlers.js';
import { hooks } from './cases/hooks.js';
import { joins } from './cases/joins.js';
import { loops } from './cases/loops.js';
import { mistakes } from './cases/mistakes.js';
import { races } from './cases/races.js';
import { routes } from './cases/routes.js';
import { states } from './cases/states.js';
import { streams } from './cases/streams.js';
import { tellings } from './cases/tellings.js';
import { suspensions } from './cases/suspensions.js';
import type { ConformanceCase, Topic } from './conformance-case.js';
import type { ConformancePipeline } from './engine-under-test.js';

const TOPICS: readonly Topic[] = [
  chains,
  routes,
  loops,
  joins,
  races,
  eaches,
  distributedEaches,
  states,
  streams,
  failures,
  attempts,
  handlers,
  cancels,
  children,
  suspensions,
  hooks,
  tellings,
  mistakes,
];

/** A case, with the topic that it belongs to. */
export type NamedCase = ConformanceCase & { readonly topic: string };

/** All cases of the suite. */
export const conformanceCases: readonly NamedCase[] = TOPICS.flatMap(({ name, cases }) =>
  cases.map((one) => ({ ...one, topic: name })),
);

/** All pipelines that the cases run: an engine's workers have to know them, each by its name. */
export const conformancePipelines: readonly ConformancePipeline[] = TOPICS.flatMap(({ pipelines }) => pipelines);
