/**
 * Recorded lspci texts with classes and names in the place of their numeric ids, and without bytes, as `lspci -vvv`
 * without `-nn` prints them: no answer is another, and none is missing where the name of a host bridge tells its id.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Analysis, analyze } from '../../src/analyze.ts';
import { defined } from '../../src/base/index.ts';
import { factValue, readLspci } from '../../src/capture/index.ts';
import { loadPciNames } from '../../src/node/index.ts';
import { calcMapTypeAndDist, type Verdict } from '../../src/p2pdma/index.ts';
import { deviceKind, isEndpointKind } from '../../src/pci/index.ts';
import { withoutHex } from './lspci-fixture.ts';

const NAMES = defined(loadPciNames(), 'pci.ids');
const RECORDINGS = new URL('../../conformance/recordings/', import.meta.url);

/** Recorded texts; of the same text in several folders the first. */
const TEXTS: ReadonlyMap<string, string> = new Map(
  [
    ...new Map(
      readdirSync(RECORDINGS)
        .map((name) => ({ name, file: new URL(`${name}/lspci.txt.gz`, RECORDINGS) }))
        .filter(({ file }) => existsSync(file))
        .map(({ name, file }) => [gunzipSync(readFileSync(file)).toString('latin1'), name] as const)
        .reverse(),
    ),
  ].map(([text, name]) => [name, text]),
);

/** `Class [0600]: Device [8086:29c0] (rev 02)` in words. */
function inWords(text: string): string {
  return text.replace(
    /Class \[([0-9a-f]{4})\]: Device \[([0-9a-f]{4}):([0-9a-f]{4})\]/g,
    (_all, code: string, vendor: string, device: string) => {
      const [vendorId, deviceId] = [Number.parseInt(vendor, 16), Number.parseInt(device, 16)];
      const vendorName = NAMES.vendor(vendorId);
      const deviceName = NAMES.device(vendorId, deviceId) ?? `Device ${device}`;
      const name = vendorName === undefined ? `Device ${vendor}:${device}` : `${vendorName} ${deviceName}`;
      return `${NAMES.className(Number.parseInt(code, 16) << 8) ?? `Class ${code}`}: ${name}`;
    },
  );
}

function open(text: string): Analysis {
  return analyze(readLspci(new TextEncoder().encode(text), 'test'));
}

/** Verdicts of the pairs of endpoints, by their addresses; the first endpoints of large machines. */
function verdictsOf({ machine, topology }: Analysis): Map<string, Verdict> {
  const endpoints = topology.functions.filter((fn) => isEndpointKind(deviceKind(fn))).slice(0, 12);
  return new Map(
    endpoints.flatMap((provider) =>
      endpoints
        .filter((client) => client !== provider)
        .map((client) => [`${provider.bdf} ${client.bdf}`, calcMapTypeAndDist(machine, provider, client)] as const),
    ),
  );
}

test('there are texts', () => {
  expect(TEXTS.size).toBeGreaterThan(10);
});

describe.each([...TEXTS])('%s', (_name, recorded) => {
  const text = withoutHex(recorded);
  const whole = verdictsOf(open(text));
  const named = open(inWords(text));

  test('no answer is another', () => {
    const wrong = [...verdictsOf(named)].filter(([pair, { mapType }]) => {
      const truth = whole.get(pair)?.mapType;
      return mapType !== 'unknown' && truth !== 'unknown' && truth !== mapType;
    });
    expect(wrong).toEqual([]);
  });

  test('an answer is missing only where the name of a host bridge does not tell its id', () => {
    const lost = [...verdictsOf(named)].filter(
      ([pair, { mapType }]) => mapType === 'unknown' && whole.get(pair)?.mapType !== 'unknown',
    );
    const isNameless = named.topology.functions.some(
      ({ ids }) => factValue(ids.baseAndSubClass) === 0x0600 && factValue(ids.device) === undefined,
    );
    expect(isNameless ? [] : lost).toEqual([]);
  });
});

test('the names of most recordings tell', () => {
  const decided = [...TEXTS.values()].filter((recorded) => {
    const verdicts = [...verdictsOf(open(inWords(withoutHex(recorded)))).values()];
    return verdicts.some(({ mapType }) => mapType !== 'unknown');
  });
  expect(decided.length / TEXTS.size).toBeGreaterThan(0.5);
});
