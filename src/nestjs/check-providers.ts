import { BlueprintError, type Problem } from '../errors/blueprint-error.js';
import { planOf } from '../plan/plan-of.js';
import type { FoundListener, FoundPipeline } from './find-providers.js';

/** What an application has that is checked before it starts. */
export interface Found {
  readonly pipelines: readonly FoundPipeline[];
  readonly listeners: readonly FoundListener[];
  /** What all its providers are provided as. */
  readonly tokens: ReadonlySet<unknown>;
}

/** Throws one `BlueprintError` that lists what is wrong with the pipelines of an application, and who listens in vain. */
export function checkProviders(found: Found): void {
  const { pipelines } = found;
  const classes = new Set(pipelines.flatMap(({ pipelineClass }) => pipelineClass ?? []));
  const broken = new Map<string, BlueprintError>();
  const problems: Problem[] = [];
  for (const one of classes) {
    const error = errorOf(one);
    if (error === undefined) continue;
    broken.set(one.name, error);
    problems.push(...error.problems);
  }
  const others = [...findUninjected(pipelines), ...findUnheard(found)];
  if (broken.size === 1 && others.length === 0) throw [...broken.values()][0];
  if (broken.size + others.length > 0) throw new BlueprintError('This application', unique([...problems, ...others]));
}

function errorOf(pipelineClass: abstract new (...args: never[]) => object): BlueprintError | undefined {
  try {
    planOf(pipelineClass);
    return undefined;
  } catch (error) {
    if (error instanceof BlueprintError) return error;
    throw error;
  }
}

/** A class without what a compiler emits of its constructor gets nothing injected, and Nest says nothing. */
const findUninjected = (pipelines: readonly FoundPipeline[]): Problem[] =>
  pipelines.flatMap(({ wrapper, pipelineClass }) => {
    if (pipelineClass === undefined || wrapper.isNotMetatype || wrapper.metatype !== pipelineClass) return [];
    const known = (Reflect.getMetadata('design:paramtypes', pipelineClass) as readonly unknown[] | undefined) ?? [];
    const named = (Reflect.getMetadata('self:paramtypes', pipelineClass) as { index: number }[] | undefined) ?? [];
    const places = Array.from({ length: pipelineClass.length }, (_, index) => index);
    const unknown = places.filter((place) => place >= known.length && !named.some(({ index }) => index === place));
    if (unknown.length === 0) return [];
    return [
      {
        code: 'NOT_INJECTED',
        where: `${pipelineClass.name}.constructor`,
        what: `takes ${pipelineClass.length === 1 ? 'a parameter' : `${pipelineClass.length} parameters`}, but nothing says what to inject: only a class with a decorator has the types of its parameters, and esbuild, tsx and Vite leave them out.`,
        remedy:
          'Write @Inject(TheService) before each parameter, or @Injectable() before the class and compile with tsc or SWC and emitDecoratorMetadata.',
      },
    ];
  });

/** Whoever listens to what never comes would never know. */
const findUnheard = ({ pipelines, listeners, tokens }: Found): Problem[] =>
  listeners.flatMap(({ listening: { pipeline }, name, owner }) => {
    const told = (what: string, remedy: string): Problem[] => [{ code: 'LISTENER_UNHEARD', where: name, what, remedy }];
    if (owner === undefined)
      return told(
        'is a method of a provider that is made for each request, so there is no instance to be told.',
        'Listen in a provider of the default scope.',
      );
    // In a test a stand-in that is no pipeline may be provided in its place.
    if (tokens.has(pipeline)) return [];
    const extended = ({ pipelineClass: one }: FoundPipeline) => one === pipeline || one?.prototype instanceof pipeline;
    if (pipelines.some(extended)) return [];
    return told(
      `listens to ${pipeline.name}, which no module of this application provides.`,
      `Add ${pipeline.name} to the providers of a module.`,
    );
  });

const unique = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
