import {
  ForEach,
  OnShutdown,
  OnStartup,
  Pipeline,
  Step,
  Streaming,
  SubPipeline,
  call,
  type Ctx,
  type Each,
} from 'stepstream';
import { Courier } from './courier.js';

export interface Order {
  cakes: string[];
  address: string;
}

/** A pipeline with every kind of step, to see how each is drawn. */
export class Bakery extends Pipeline<Order> {
  private readonly courier = new Courier();

  @OnStartup()
  heatOven() {}

  @Step({ to: ['bake', 'charge'] })
  takeOrder({ state }: Ctx<this>) {
    return state.cakes;
  }

  @ForEach({ to: 'pack', concurrency: 2 })
  bake({ item }: Each<this, string>) {
    return `a warm ${item}`;
  }

  @Step({ to: 'pack' })
  charge() {}

  @Step({ to: 'deliver' })
  pack() {}

  @SubPipeline(() => Courier, { to: 'thank' })
  deliver({ state }: Ctx<this>) {
    return call(this.courier, { address: state.address, tries: 0 });
  }

  @Streaming()
  async *thank() {
    yield 'Thank you!';
  }

  @OnShutdown()
  cleanOven() {}
}
