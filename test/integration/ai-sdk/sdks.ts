import type * as hooks from '@ai-sdk/react';
import type * as ai from 'ai';
import { JSDOM } from 'jsdom';
import type * as react from 'react';
import type * as dom from 'react-dom/client';

/** The modules of one major version of the AI SDK, each from the same tree, so that they share their React. */
export interface Sdk {
  readonly ai: typeof ai;
  readonly react: typeof react;
  readonly hooks: typeof hooks;
  readonly dom: typeof dom;
}

/** One major version, and how it is loaded. */
export interface SdkEntry {
  readonly name: string;
  readonly major: 6 | 7;
  /** Why it can't be tried on this Node. */
  readonly skip: string | undefined;
  load(): Promise<Sdk>;
}

const NODE = Number(process.versions.node.split('.')[0]);
const VENDOR = new URL('../vendor/ai-7/node_modules/', import.meta.url);

/** What is in the tree beside the root's has no name to be imported by. */
const foreign = (path: string): Promise<never> => import(/* @vite-ignore */ new URL(path, VENDOR).href) as never;

/** React looks for a page when it is loaded, so there is one before. Everything else, `fetch` above all, stays Node's. */
function makePage(): void {
  if (globalThis.document !== undefined) return;
  const { window } = new JSDOM('<!doctype html><body></body>', { url: 'http://localhost/' });
  Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
  // Node 20 has none; the one of later versions can't be replaced, and needn't.
  if (globalThis.navigator === undefined) Object.assign(globalThis, { navigator: window.navigator });
}

/** Every major version of the AI SDK whose clients read our streams. */
export const sdks: readonly SdkEntry[] = [
  {
    name: 'AI SDK 6 (@ai-sdk/react 3)',
    major: 6,
    skip: undefined,
    async load() {
      makePage();
      return {
        ai: await import('ai'),
        react: await import('react'),
        hooks: await import('@ai-sdk/react'),
        dom: await import('react-dom/client'),
      };
    },
  },
  {
    name: 'AI SDK 7 (@ai-sdk/react 4)',
    major: 7,
    skip: NODE >= 22 ? undefined : 'AI SDK 7 needs Node 22',
    async load() {
      makePage();
      return {
        ai: await foreign('ai/dist/index.js'),
        react: unwrap(await foreign('react/index.js')),
        hooks: await foreign('@ai-sdk/react/dist/index.js'),
        dom: unwrap(await foreign('react-dom/client.js')),
      };
    },
  },
];

/** A CommonJS module as an ES module that nobody has analysed. */
const unwrap = <T>(module: T & { readonly default?: T }): T => module.default ?? module;
