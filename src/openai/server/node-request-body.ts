import type { NodeRequest } from './node-request.js';

/** The body of a Node request as a web stream: read only as fast as it is asked for. */
export class NodeRequestBody implements UnderlyingDefaultSource<Uint8Array> {
  readonly #req: NodeRequest;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor(req: NodeRequest) {
    this.#req = req;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    const req = this.#req;
    req.pause();
    req.on('data', this.#onData);
    req.on('end', this.#onEnd);
    req.on('error', this.#onBroken);
    req.on('close', this.#onBroken);
  }

  pull(): void {
    // One that was destroyed before anybody listened says nothing any more.
    if (this.#req.destroyed && !this.#req.readableEnded) this.#onBroken();
    else this.#req.resume();
  }

  /** What else comes is read past, so that the client can be answered. */
  cancel(): void {
    this.#stop();
    this.#req.resume();
  }

  readonly #onData = (data: Uint8Array): void => {
    this.#controller.enqueue(data);
    this.#req.pause();
  };

  readonly #onEnd = (): void => {
    this.#stop();
    this.#controller.close();
  };

  readonly #onBroken = (): void => {
    this.#stop();
    this.#controller.error(new Error('The request has broken off.'));
  };

  #stop(): void {
    this.#req.off('data', this.#onData);
    this.#req.off('end', this.#onEnd);
    this.#req.off('close', this.#onBroken);
    // The listener for errors stays: one that comes later must not end the process.
  }
}
