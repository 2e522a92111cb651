import { Module } from '@nestjs/common';
import { PipelineModule } from 'stepstream/nestjs';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';
import { Chatbot } from './chatbot.js';
import { Journal } from './journal.js';
import { Model } from './model.js';

@Module({
  imports: [PipelineModule.forRoot({ drainTimeout: 10_000 })],
  controllers: [ChatController],
  providers: [Model, Chatbot, ChatService, Journal],
})
export class AppModule {}
