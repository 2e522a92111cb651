import { WeatherReport } from './weather-report.js';

const weather = new WeatherReport();
const run = weather.run({ city: process.argv[2] ?? 'Reykjavik', text: '' });

for await (const event of run) {
  switch (event.type) {
    case 'step-start':
      console.log(`${event.step} starts`);
      break;
    case 'token':
      console.log(`${event.step} says ${JSON.stringify(event.value)}`);
      break;
    case 'step-end':
      console.log(`${event.step} has ended with`, event.output);
  }
}

const { status, state } = await run.result;
console.log(`${status}: ${state.text}`);
