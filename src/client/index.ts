export { connect } from './connect.js';
export type { Connection } from './connection.js';
export type { ConnectOptions } from './connect-options.js';
export { ConnectionError } from './connection-error.js';
export { LiveText } from './live-text.js';
export type { Json, WireEvent } from './wire-event.js';
