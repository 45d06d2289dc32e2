import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { peerpath } from '../cli/run-peerpath.ts';
import { newFolder } from './fleet-folder.ts';
import { SKIP_NATS, TestServer } from './nats-server.ts';

const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

/** A certificate that vouches for itself, of a server and of a client. */
function certificate(folder: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
      ...names,
    ],
    { stdio: 'ignore' },
  );
  return { cert, key };
}

it.skipIf(SKIP_NATS || !HAS_OPENSSL)(
  'a server with TLS that asks for the certificate of the client is given it, and no other server',
  async () => {
    const { cert, key } = certificate(newFolder());
    const server = await TestServer.start(newFolder(), [
      '--tlsverify',
      '--tlscert',
      cert,
      '--tlskey',
      key,
      '--tlscacert',
      cert,
    ]);
    try {
      const ask = ['fleet', 'status', '--nats', `tls://localhost:${server.port}`];
      const run = peerpath([...ask, '--tls-ca', cert, '--tls-cert', cert, '--tls-key', key]);
      expect(run).toMatchObject({ code: 0, stderr: '' });
      // Without its own certificate, and without trust in that of the server.
      for (const some of [
        ['--tls-ca', cert],
        ['--tls-cert', cert, '--tls-key', key],
      ]) {
        const refused = peerpath([...ask, ...some]);
        expect(refused).toMatchObject({ code: 2, stdout: '' });
        expect(refused.stderr).toMatch(/cannot be connected to/);
      }
    } finally {
      await server.stop();
    }
  },
);
