import {
  BadRequestException,
  Body,
  Controller,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { toMessageEvents, type PacingResponse } from 'stepstream/nestjs';
import { ChatService } from './chat.service.js';

// Who asks is known from a session or a token; a header stands for that here.
const USER = 'x-user';
/** What a client may see: the text, and at the end `run-end`. */
const types = ['token'] as const;

@Controller('chat')
export class ChatController {
  private readonly chat: ChatService;

  constructor(@Inject(ChatService) chat: ChatService) {
    this.chat = chat;
  }

  /** Answers whoever stays: a client that leaves ends the run. */
  @Sse('answer')
  answer(
    @Query('prompt') prompt: unknown,
    @Headers(USER) user: string,
    @Res() response: PacingResponse,
  ): Observable<MessageEvent> {
    return toMessageEvents(this.chat.ask(promptOf(prompt), user), { types, response });
  }

  /** Starts an answer that goes on whoever reads it. */
  @Post()
  ask(@Body() body: { prompt?: unknown } | undefined, @Headers(USER) user: string): { id: string } {
    return { id: this.chat.ask(promptOf(body?.prompt), user).id };
  }

  /** Reads it, from where the client has stopped: an EventSource that comes back says so itself. */
  @Sse(':id/events')
  events(
    @Param('id') id: string,
    @Headers(USER) user: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() response: PacingResponse,
  ): Observable<MessageEvent> {
    return toMessageEvents(this.chat.find(id, user), { types, lastEventId, response, onDisconnect: 'detach' });
  }

  @Post(':id/stop')
  @HttpCode(204)
  stop(@Param('id') id: string, @Headers(USER) user: string): Promise<void> {
    return this.chat.stop(id, user);
  }
}

function promptOf(value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= 10_000) return value;
  throw new BadRequestException('prompt must be a text of at most 10,000 characters.');
}
