import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { Pipeline, Streaming } from 'stepstream';
import { toNodeResponse, toResponse, type ResponseFormat } from 'stepstream/http';

/** What it would yield in all: a gigabyte, in pieces of sixteen kilobytes. */
const PIECE = 'x'.repeat(16 * 1024);
const PIECES = (1024 * 1024 * 1024) / PIECE.length;

let yielded = 0;
let left = 0;
let rss = 0;

class Gigabyte extends Pipeline<object> {
  @Streaming()
  async *respond() {
    try {
      for (let made = 0; made < PIECES; made++) {
        yielded++;
        yield PIECE;
      }
    } finally {
      left++;
    }
  }
}

const [framework, format] = process.argv.slice(2) as [string, ResponseFormat];
const bot = new Gigabyte();

async function createListener(): Promise<RequestListener> {
  if (framework === 'express')
    return express().get('/', async (_req, res) => {
      await toNodeResponse(bot.run({}), res, { format });
    });
  if (framework === 'hono') {
    const answer = getRequestListener(new Hono().get('/', () => toResponse(bot.run({}), { format })).fetch);
    return (req, res) => void answer(req, res);
  }
  if (framework === 'fastify') {
    const app = fastify();
    app.get('/', async (_req, reply) => {
      reply.hijack();
      await toNodeResponse(bot.run({}), reply.raw, { format });
    });
    await app.ready();
    return (req, res) => app.routing(req, res);
  }
  return (_req, res) => void toNodeResponse(bot.run({}), res, { format });
}

const server = createServer(await createListener());
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));

// All the time, so that no peak between two questions is missed.
setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), 20);
process.on('message', () => process.send!({ yielded, left, rss, piece: PIECE.length }));
