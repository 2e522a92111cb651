import { Pipeline, Step, Switch, type Ctx } from 'stepstream';

export interface Trip {
  address: string;
  tries: number;
}

/** Rings until somebody is at home, but not for ever. */
export class Courier extends Pipeline<Trip> {
  @Step({ to: 'ring' })
  drive({ state }: Ctx<this>) {
    state.tries += 1;
  }

  // A case that leads back makes a loop; `null` leads to the end.
  @Switch({ cases: { home: 'handOver', away: 'drive', moved: null } })
  ring({ state }: Ctx<this>) {
    if (state.address === '') return 'moved';
    return state.tries < 3 ? 'away' : 'home';
  }

  @Step()
  handOver() {}
}
