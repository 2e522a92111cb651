import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
// On SIGTERM: no new answers, the ones that are alive may end, then the chatbot is closed.
app.enableShutdownHooks();
await app.listen(process.env.PORT || 3000, '127.0.0.1');
console.log(`Listening on ${(await app.getUrl()).replace(/\/$/, '')}`);
