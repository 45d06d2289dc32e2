import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { peerpath } from '../cli/run-peerpath.ts';
import { newFolder } from './fleet-folder.ts';
import { SKIP_NATS, TestServer } from './nats-server.ts';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A JSON web token as NATS has them: signed with the key of whoever vouches for the subject. */
function token(subject: KeyPair, by: KeyPair, nats: Readonly<Record<string, unknown>>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    jti: subject.getPublicKey(),
    iat: 1,
    iss: by.getPublicKey(),
    name: 'test',
    sub: subject.getPublicKey(),
  };
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({ ...claims, nats: { ...nats, version: 2 } })}`;
  return `${signed}.${Buffer.from(by.sign(Buffer.from(signed))).toString('base64url')}`;
}

const NO_LIMITS = Object.fromEntries(
  [
    'subs',
    'data',
    'payload',
    'imports',
    'exports',
    'conn',
    'leaf',
    'mem_storage',
    'disk_storage',
    'streams',
    'consumer',
  ].map((name) => [name, -1]),
);

/** A file as `nsc generate creds` writes it. */
function credentials(user: KeyPair, account: KeyPair): string {
  const path = join(newFolder(), 'user.creds');
  const jwt = token(user, account, { type: 'user', subs: -1, data: -1, payload: -1 });
  const seed = new TextDecoder().decode(user.getSeed());
  const block = (what: string, text: string): string => `-----BEGIN ${what}-----\n${text}\n------END ${what}------\n\n`;
  writeFileSync(path, block('NATS USER JWT', jwt) + block('USER NKEY SEED', seed));
  return path;
}

it.skipIf(SKIP_NATS)('a server that knows its users lets those in whose credentials its account signed', async () => {
  const [operator, account, stranger] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  // JetStream does not start under an operator without an account of the system.
  const system = nkeys.createAccount();
  const limits = { ...NO_LIMITS, wildcards: true };
  const lines = [account, system].map((each) => {
    const own = each === system ? { ...limits, mem_storage: 0, disk_storage: 0 } : limits;
    return `${each.getPublicKey()}: ${token(each, operator, { type: 'account', limits: own })}`;
  });
  const config = join(newFolder(), 'server.conf');
  const vouched = token(operator, operator, { type: 'operator' });
  writeFileSync(
    config,
    `operator: ${vouched}
system_account: ${system.getPublicKey()}
resolver: MEMORY
resolver_preload: {
${lines.join('\n')}
}
`,
  );
  const server = await TestServer.start(newFolder(), ['-c', config]);
  try {
    const ask = ['fleet', 'status', '--nats', server.url];
    const known = credentials(nkeys.createUser(), account);
    expect(peerpath([...ask, '--creds', known])).toMatchObject({ code: 0, stderr: '' });
    for (const some of [[], ['--creds', credentials(nkeys.createUser(), stranger)]]) {
      const refused = peerpath([...ask, ...some]);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(/^peerpath: [^\n]+ cannot be connected to [^\n]+\n$/);
    }
  } finally {
    await server.stop();
  }
});
