// Reads a URL with this Node's own EventSource until that gives up, and prints what it was told, one JSON a line.
const [url, ...types] = process.argv.slice(2);
const source = new EventSource(url);
for (const type of types)
  source.addEventListener(type, ({ data, lastEventId }) => console.log(JSON.stringify({ type, data, lastEventId })));
// Its wait before it comes again doesn't keep the process.
const alive = setInterval(() => {}, 1_000);
source.onerror = () => {
  if (source.readyState === EventSource.CLOSED) clearInterval(alive);
  console.log(JSON.stringify({ type: 'error', readyState: source.readyState }));
};
