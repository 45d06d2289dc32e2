import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Bdf } from '../../uapi/index.ts';
import { Evidence, joinParts, type MachineCapture, readText } from '../index.ts';

const encoder = new TextEncoder();

function machine(text: string): MachineCapture {
  const joined = joinParts(readText(encoder.encode(text), 'mail').parts);
  if (!joined.ok) throw new Error(joined.error.text);
  return joined.value;
}

/** As mail programs do it: 75 columns and a soft break. */
function encode(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      let left = line.replaceAll('=', '=3D').replace(/ $/, '=20');
      const rows: string[] = [];
      while (left.length > 76) {
        const cut = /=.?$/.exec(left.slice(0, 75))?.index ?? 75;
        rows.push(`${left.slice(0, cut)}=`);
        left = left.slice(cut);
      }
      return [...rows, left].join('\n');
    })
    .join('\n');
}

const PLAIN = `> Here is a case of it:
>=20
> 10000:e0:06.0 PCI bridge [0604]: Example Corporation 11th Gen Core Processor PCIe Controller [8086:9a09] (rev 01) (prog-if 00 [Normal decode])
>   Bus: primary=00, secondary=e1, subordinate=e1, sec-latency=0
>   Capabilities: [200 v1] Access Control Services
>     ACSCtl: SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-
> 10000:e1:00.0 Non-Volatile memory controller [0108]: Example Drive Company With A Name [1c5c:174a] (prog-if 02 [NVM Express])
`.replace('=20', ' ');

it('a mail in quoted-printable tells what the mail before it told, with the lines of the mail', () => {
  const [plain, mail] = [machine(PLAIN), machine(encode(PLAIN))];
  expect(plain.functions.map(({ vendor }) => vendor.state)).toEqual(['known', 'known']);
  expect(mail.functions).toEqual(plain.functions);
  const line = (capture: MachineCapture) => new Evidence(capture).ofFact(bdfOf(capture), 'vendor')?.line;
  expect(line(plain)).toBe(7);
  expect(line(mail)).toBe(
    encode(PLAIN)
      .split('\n')
      .findIndex((row) => row.includes('Volatile')) + 1,
  );
});

function bdfOf({ functions }: MachineCapture): Bdf {
  return functions[1]?.bdf ?? (0 as Bdf);
}

it('below a header only its own part of the mail is decoded', () => {
  const headers = 'From: A <a@example.org>\nContent-Type: text/plain; charset=utf-8\n';
  const part = (how: string, body: string) => `${headers}Content-Transfer-Encoding: ${how}\n\n${body}--=_part\n`;
  const release = 'Linux version 6.12.9 (a@b) (gcc (GCC) 14.2.0, and so on, so that this line is long =\n) #1 SMP\n';
  const text =
    part('quoted-printable', release) + part('8bit', `BOOT_IMAGE=/vmlinuz-6.12.9 root=/dev/sda1 x=20 y=3D\n`);
  const read = machine(text).kernel;
  expect([read.release, read.cmdline].map((fact) => (fact.state === 'known' ? fact.value : fact.state))).toEqual([
    '6.12.9',
    'BOOT_IMAGE=/vmlinuz-6.12.9 root=/dev/sda1 x=20 y=3D',
  ]);
});

it('text that was not encoded stays as it is', () => {
  const pieces = fc.constantFrom(
    'Region 0: Memory at a0000000 [size=256M]',
    'count=4/4',
    'Width=256',
    '=',
    'x=3D',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (lines) => {
      const text = `${lines.join('\n')}\npci=config_acs=000@0000:00:01.0\n`;
      const whole = machine(`BOOT_IMAGE=/vmlinuz-6.12.9 root=/dev/sda1 a=3D b=20\n\n${text}`);
      expect(whole.kernel.cmdline).toMatchObject({
        state: 'known',
        value: 'BOOT_IMAGE=/vmlinuz-6.12.9 root=/dev/sda1 a=3D b=20',
      });
    }),
    { numRuns: 50 },
  );
});
