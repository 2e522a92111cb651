import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { answerTo } from '../../examples/cluster/chatbot.js';
import { startCluster } from '../integration/examples/start-cluster.js';
import { chromiumPath, launchChromium } from './launch-chromium.js';

/** Artefacts, to be looked at. */
const shots = fileURLToPath(new URL('../../coverage/screenshots/', import.meta.url));
mkdirSync(shots, { recursive: true });

if (chromiumPath === undefined && process.env.CI) throw new Error('There is no Chromium on this machine.');

describe.skipIf(chromiumPath === undefined)('examples/cluster in a browser', () => {
  it('has the right text though a worker is killed and the page is reloaded', { timeout: 120_000 }, async () => {
    await using cluster = await startCluster();
    await using browser = await launchChromium({ viewport: { width: 1100, height: 640 } });
    const page = await browser.context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(cluster.url);
    const answer = page.locator('article[data-role=assistant]').last();
    const said = () => answer.locator('div').textContent();
    const soon = <T>(get: () => Promise<T>) => expect.poll(get, { timeout: 30_000, interval: 20 });
    const answering = page.locator('[data-worker][data-state=answering]');
    const whole = answerTo('What if you die?');
    await page.getByLabel('Your question').fill('What if you die?');
    await page.keyboard.press('Enter');
    await soon(said).toContain('long enough');
    const first = await answering.getAttribute('data-worker');
    await page.screenshot({ path: `${shots}cluster-answering.png` });
    await page.getByRole('button', { name: `Kill ${first}` }).click();
    // The other one goes on; nothing that stands on the page then was not said.
    const other = page.locator(`[data-state=answering]:not([data-worker=${first}])`);
    await soon(() => other.count()).toBe(1);
    await page.screenshot({ path: `${shots}cluster-killed.png` });
    await soon(said).toContain('the first step has ended');
    expect(whole.startsWith((await said())!)).toBe(true);
    await page.reload();
    await soon(said).toContain('the first step has ended');
    await soon(said).toBe(whole);
    expect(await page.locator('article').count()).toBe(2);
    await soon(() => page.getByRole('button', { name: 'Send' }).isVisible()).toBe(true);
    await soon(() => page.locator('[data-worker][data-state=ready]').count()).toBe(2);
    await page.screenshot({ path: `${shots}cluster-whole.png` });
    expect(errors).toEqual([]);
    expect(await cluster.stop()).toBe(0);
    expect(cluster.said.stderr).toBe('');
  });
});
