import { createModel } from './create-model.js';
import { ChatServer } from './server.js';
import { WebChat } from './web-chat.js';

const { client, model, note } = await createModel();
const server = new ChatServer(new WebChat(client, model), note);
console.log(`Open ${await server.listen(Number(process.env.PORT ?? 3000))}`);
console.log(note);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void server.close().then(() => process.exit()));
}
