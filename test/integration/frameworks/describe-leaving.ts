import { describe, expect, it } from 'vitest';
import { ask, resume } from './describe-streaming.js';
import { newScene, WORDS, type Scene } from './stage.js';

/** When a client leaves: each gets there, and tears its connection off. */
const MOMENTS: Readonly<Record<string, (url: string, path: string, name: string, scene: Scene) => Promise<void>>> = {
  async 'before its run has started'(url, path, name, scene) {
    const stream = ask(url, path, name);
    await scene.reached.promise;
    stream.leave();
    // Only when the server knows it does the handler go on.
    await new Promise((resolve) => setTimeout(resolve, 50));
    scene.admitted.open();
    await scene.started.promise;
  },
  async 'before the first token'(url, path, name, scene) {
    scene.admitted.open();
    const stream = ask(url, path, name);
    await stream.until('step-start');
    stream.leave();
  },
  async 'in the middle'(url, path, name, scene) {
    scene.admitted.open();
    const stream = ask(url, path, name);
    scene.words[0].open();
    await stream.until('token');
    stream.leave();
  },
};

/** What becomes of a run whose client leaves, whatever framework it goes through. */
export function describeLeaving(serverOf: () => { readonly url: string }): void {
  describe('a client that leaves', () => {
    it.each(Object.entries(MOMENTS))('%s ends it as cancelled, finally and hooks included', async (_when, leave) => {
      const { name, scene } = newScene({ admitted: false });
      await leave(serverOf().url, '/chat', name, scene);
      expect(await scene.ended.promise).toBe('cancelled');
      // One that ends before its first step has none that would have to be left.
      if (scene.begun) {
        await scene.left.promise;
        expect(await scene.shutDown.promise).toBe('cancelled');
      }
      expect(scene.yielded).toBeLessThanOrEqual(1);
    });

    it.each(Object.entries(MOMENTS))('%s leaves no rejection that nobody sees', async (_when, leave) => {
      const unhandled: unknown[] = [];
      const onUnhandled = (error: unknown): void => void unhandled.push(error);
      process.on('unhandledRejection', onUnhandled);
      const { name, scene } = newScene({ admitted: false });
      scene.watched = false;
      await leave(serverOf().url, '/chat', name, scene);
      if (scene.begun) await scene.shutDown.promise;
      await new Promise((resolve) => setTimeout(resolve, 50));
      process.off('unhandledRejection', onUnhandled);
      expect(unhandled).toEqual([]);
    });

    it('when all has come ends nothing: the run was a success', async () => {
      const { name, scene } = newScene();
      for (const word of scene.words) word.open();
      const stream = ask(serverOf().url, '/chat', name);
      await stream.until('run-end');
      stream.leave();
      expect(await scene.ended.promise).toBe('success');
      await scene.left.promise;
      expect(await scene.shutDown.promise).toBe('success');
    });

    it.each(Object.entries(MOMENTS))('%s lets a detached run go on, and finds it again', async (_when, leave) => {
      const { name, scene } = newScene({ admitted: false });
      await leave(serverOf().url, '/runs', name, scene);
      const id = await scene.started.promise;
      for (const word of scene.words) word.open();
      expect(await scene.ended.promise).toBe('success');
      expect(await scene.shutDown.promise).toBe('success');
      const all = await resume(serverOf().url, id, '0').rest();
      const words = all.filter(({ event }) => event === 'token');
      expect(words.map(({ data }) => (JSON.parse(data) as { value: string }).value)).toEqual(WORDS);
      expect(all.at(-1)?.event).toBe('run-end');
    });

    it('is not one who asks for the headers of a run: that goes on', async () => {
      const { name, scene } = newScene();
      const stream = ask(serverOf().url, '/runs', name);
      await stream.until('step-start');
      stream.leave();
      const url = `${serverOf().url}/runs/${await scene.started.promise}`;
      const { status } = await fetch(url, { method: 'HEAD', headers: { cookie: 'owner=ada' } });
      expect([200, 405]).toContain(status);
      for (const word of scene.words) word.open();
      expect(await scene.ended.promise).toBe('success');
    });
  });
}
