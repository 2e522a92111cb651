import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type BrowserContextOptions } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium or Chrome of this machine, if there is one. */
export const chromiumPath = PLACES.find((path) => path !== undefined && path !== '' && existsSync(path));

/** A fresh profile in a headless browser, until the end of the test. */
export async function launchChromium(
  options: BrowserContextOptions = {},
): Promise<AsyncDisposable & { readonly context: BrowserContext }> {
  const profile = mkdtempSync(join(tmpdir(), 'stepstream-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...options,
    executablePath: chromiumPath!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', ...QUIET],
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** It would look for updates and for its maker's hosts. */
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
