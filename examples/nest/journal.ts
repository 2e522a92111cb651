import { Injectable } from '@nestjs/common';
import type { EventOf } from 'stepstream';
import { OnPipelineEvent } from 'stepstream/nestjs';
import { Chatbot } from './chatbot.js';

/** Hears how every run of the chatbot ends, whoever has started it. */
@Injectable()
export class Journal {
  @OnPipelineEvent(Chatbot, 'run-end')
  onEnd({ status }: EventOf<Chatbot, 'run-end'>) {
    console.log(`An answer has ended: ${status}.`);
  }
}
