import { Pipeline, skip, Step, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';

type Empty = Record<string, never>;

class Plain extends Pipeline<Empty> {
  @Step()
  work(): void {}
}

describe('mistakes that the compiler can not see', () => {
  it('refuses a directive inside an output, which would be data to nobody (B.4)', async () => {
    class Hidden extends Pipeline<Empty> {
      @Step()
      work(): object {
        return { next: skip() };
      }
    }
    const { error } = await outcomeOf(new Hidden().run({}));
    expect(error?.message).toContain('output.next is a directive');
  });

  it('names a field of the instance that stands before a step', async () => {
    class Shadowed extends Pipeline<Empty> {
      constructor() {
        super();
        Object.assign(this, { work: 5 });
      }
      @Step()
      work(): void {}
    }
    const { error } = await outcomeOf(new Shadowed().run({}));
    expect(error).toMatchObject({ code: 'NO_LONGER_A_METHOD', step: 'work' });
  });

  it('refuses options of events() that it can not use', async () => {
    const run = new Plain().run({});
    expect(() => run.events({ after: -1 })).toThrow(/after must be a whole number/);
    expect(() => run.events({ leave: 'dettach' as 'detach' })).toThrow(/'cancel' or 'detach'/);
    await run.result;
  });

  it('gives the members of a context by name only, as its documentation says', async () => {
    const seen: unknown[] = [];
    class Resting extends Pipeline<Empty> {
      @Step()
      work({ step, ...rest }: Ctx<this>): void {
        seen.push(step, Object.keys(rest));
      }
    }
    await new Resting().run({}).result;
    expect(seen).toEqual(['work', []]);
  });
});
