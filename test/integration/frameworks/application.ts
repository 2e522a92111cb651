import { RunRegistry } from 'stepstream/http';
import { sceneOf } from './stage.js';
import { createStagedBot } from './staged-bot.js';

/** What the routes of every application here use. */
export const bot = createStagedBot();
export const runs = new RunRegistry();

/** Whose request it is: here who says so, once the scene that the request names lets it in. */
export async function ownerOf(cookie: string | null | undefined): Promise<string> {
  const [, owner, name] = /^owner=(\w*)(?:; scene=(.*))?$/.exec(cookie ?? '') ?? [];
  if (name !== undefined) {
    const scene = sceneOf(name);
    scene.reached.open();
    await scene.admitted.promise;
  }
  return owner ?? '';
}
