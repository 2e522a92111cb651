import { EventFormat } from './event-format.js';
import type { ResponseOptions } from './response-options.js';
import { TextFormat } from './text-format.js';
import { UiMessageFormat } from './ui-message-format.js';
import type { WireFormat } from './wire-format.js';

/** The format that the options ask for. */
export function createFormat(options: ResponseOptions): WireFormat {
  switch (options.format) {
    case 'text':
      return new TextFormat(options);
    case 'ui-message-stream':
      return new UiMessageFormat(options);
    default:
      return new EventFormat(options);
  }
}
