import { Inject, Injectable, NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import type { AnyRun } from 'stepstream';
import { RunRegistry } from 'stepstream/nestjs';
import { Chatbot } from './chatbot.js';

/** Starts answers, finds them again, and stops them: each for its user alone. */
@Injectable()
export class ChatService {
  private readonly chatbot: Chatbot;
  private readonly runs: RunRegistry;

  constructor(@Inject(Chatbot) chatbot: Chatbot, @Inject(RunRegistry) runs: RunRegistry) {
    this.chatbot = chatbot;
    this.runs = runs;
  }

  ask(prompt: string, owner: string): AnyRun {
    if (this.runs.draining) throw new ServiceUnavailableException('The server is stopping.');
    return this.runs.start((options) => this.chatbot.run({ prompt, response: '' }, options), { owner });
  }

  find(id: string, owner: string): AnyRun {
    const run = this.runs.find(id, { owner });
    if (run === undefined) throw new NotFoundException('There is no such answer.');
    return run;
  }

  async stop(id: string, owner: string): Promise<void> {
    if (!(await this.runs.cancel(id, { owner, reason: 'The user has pressed Stop.' })))
      throw new NotFoundException('There is no such answer.');
  }
}
