import { createRequire } from 'node:module';

/** The version of this copy of stepstream. */
export function ownVersion(): string {
  // By its own name: built, this file stands in another folder.
  const { version } = createRequire(import.meta.url)('stepstream/package.json') as { readonly version: string };
  return version;
}
