import { setTimeout as sleep } from 'node:timers/promises';
import { Pipeline, Step, type Ctx, type Join } from 'stepstream';

export interface Application {
  customer: string;
  amount: number;
}

interface Profile {
  income: number;
  from: string;
}

export class LoanOffice extends Pipeline<Application> {
  @Step({ to: ['askCache', 'askArchive', 'askBureau'] })
  register() {}

  // Three ways to the same thing. One is fast, one is slow, one is broken.
  @Step({ to: 'profile' })
  async askCache({ signal }: Ctx<this>): Promise<Profile> {
    await sleep(10, undefined, { signal });
    return { income: 3_000, from: 'the cache' };
  }

  @Step({ to: 'profile' })
  async askArchive({ signal }: Ctx<this>): Promise<Profile> {
    await sleep(60_000, undefined, { signal });
    return { income: 3_000, from: 'the archive' };
  }

  @Step({ to: 'profile' })
  async askBureau(): Promise<Profile> {
    throw new Error('the bureau is closed');
  }

  // Runs with the first that succeeds. The slow one is cancelled: its signal is aborted, and it commits nothing. The
  // broken one fails nothing as long as another can still arrive.
  @Step({ join: 'any', to: ['checkIncome', 'checkFraud'] })
  profile({ input }: Ctx<this, Profile>) {
    return input;
  }

  @Step({ to: 'decide' })
  checkIncome({ state, input }: Ctx<this, Profile>) {
    return state.amount < 10 * input.income;
  }

  @Step({ to: 'decide' })
  async checkFraud({ state }: Ctx<this, Profile>) {
    return !state.customer.startsWith('Moriarty');
  }

  // Waits for all: that is the rule for a step with several parents.
  @Step()
  decide({ inputs, outputs }: Join<this, { checkIncome: boolean; checkFraud: boolean }>) {
    const { from } = outputs.profile as Profile;
    return `${inputs.checkIncome && inputs.checkFraud ? 'granted' : 'refused'}, says ${from}`;
  }
}
