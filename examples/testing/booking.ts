import { Pipeline, Step, Streaming, suspend, type Ctx, type PipelineOptions } from 'stepstream';

export interface Trip {
  city: string;
  budget: number;
}

/** What the pipeline asks of the outside. */
export interface Hotels {
  cheapest(city: string, signal: AbortSignal): Promise<number>;
}

export class Booking extends Pipeline<Trip> {
  static readonly pipeline = { name: 'booking' } satisfies PipelineOptions<Trip>;

  private readonly hotels: Hotels;

  constructor(hotels: Hotels) {
    super();
    this.hotels = hotels;
  }

  @Step({ to: 'agree', retry: { attempts: 3, delay: 60_000, backoff: 2 }, timeout: 10_000 })
  search({ state, signal }: Ctx<this>) {
    return this.hotels.cheapest(state.city, signal);
  }

  @Step({ to: 'confirm' })
  agree({ state, input }: Ctx<this, number>) {
    return input <= state.budget ? true : suspend<boolean>(`${input} euros, is that all right?`);
  }

  @Streaming()
  async *confirm({ state, input, outputs }: Ctx<this, boolean>) {
    yield input ? 'Booked: ' : 'Not booked: ';
    yield `${state.city} for ${String(outputs.search)} euros.`;
  }
}
