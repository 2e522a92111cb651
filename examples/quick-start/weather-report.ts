import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';

/** The data of one run: plain JSON, which its steps may read and change. */
export interface Report {
  city: string;
  text: string;
}

export class WeatherReport extends Pipeline<Report> {
  // What a step returns is the input of the step in `to`; the compiler checks that it fits.
  @Step({ to: 'tell' })
  async measure({ state }: Ctx<this>) {
    return { degrees: state.city === 'Reykjavik' ? -3 : 21 };
  }

  // A generator streams: each `yield` is one token, and the next is asked for when that one was read.
  @Streaming()
  async *tell({ state, input }: Ctx<this, { degrees: number }>) {
    const advice = input.degrees < 5 ? ['Take', ' a coat.'] : ['Leave', ' the coat.'];
    for (const token of [`It is ${input.degrees} degrees`, ` in ${state.city}. `, ...advice]) {
      state.text += token;
      yield token;
    }
  }
}
