import { describe, expect, test } from 'vitest';
import { fixtureText, plain, read, readOne, withoutHex } from '../../../test/capture/lspci-fixture.ts';
import { known } from '../fact.ts';
import { looksLikeLspci } from './looks-like-lspci.ts';

const recorded = fixtureText('q35-recorded-xxxx.txt');
const text = withoutHex(recorded);
const encode = (input: string): Uint8Array => new TextEncoder().encode(input);

function indentBy(spaces: number): (input: string) => string {
  return (input) => input.replace(/^\t+/gm, (tabs) => ' '.repeat(spaces * tabs.length)).replaceAll('\t', ' ');
}

/** What happens to text on its way into an issue, a mail or a chat. */
const JOURNEYS: readonly (readonly [name: string, change: (input: string) => string])[] = [
  ['quoted', (input) => input.replace(/^/gm, '> ')],
  ['quoted twice', (input) => input.replace(/^/gm, '> > ')],
  ['quoted without space', (input) => input.replace(/^/gm, '>>')],
  ['fenced, with talk around', (input) => `Here it is:\n\`\`\`\n${input}\`\`\`\nThanks!\n`],
  ['Windows line ends', (input) => input.replaceAll('\n', '\r\n')],
  ['tabs as 8 spaces', indentBy(8)],
  ['tabs as 2 spaces', indentBy(2)],
  ['indentation lost', (input) => input.replace(/^[ \t]+/gm, '')],
  ['indented as a whole', (input) => input.replace(/^/gm, '    ')],
  ['indented by a tab', (input) => input.replace(/^/gm, '\t')],
  ['quoted and detabbed', (input) => indentBy(8)(input).replace(/^/gm, '>     ')],
  ['no-break spaces', (input) => input.replaceAll(' ', '\u00a0')],
  ['zero-width spaces', (input) => input.replace(/^/gm, '\u200b').replaceAll(':', ':\u200b')],
  ['byte order mark', (input) => `\ufeff${input}`],
  ['colours', (input) => input.replace(/^([0-9a-f:.]+) /gm, '\u001b[1;32m$1\u001b[0m ')],
  ['erase marks of a pager', (input) => input.replace(/$/gm, '\u001b[K')],
  ['a shell prompt before', (input) => `root@host:~# lspci -vvv\n${input}`],
  ['spaces at line ends', (input) => input.replace(/$/gm, '   ')],
  ['HTML entities', (input) => input.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
  ['blank lines between', (input) => input.replaceAll('\n', '\n\n')],
  ['upper case digits', (input) => input.replace(/^[0-9a-f]{2,3}: .*$/gm, (row) => row.toUpperCase())],
];

describe('pasted output reads as the original', () => {
  const original = { hex: plain(read(recorded).functions), text: plain(read(text).functions) };

  test.each(JOURNEYS)('%s', (_name, change) => {
    for (const [kind, source] of [
      ['hex', recorded],
      ['text', text],
    ] as const) {
      const pasted = change(source);
      expect(looksLikeLspci(encode(pasted))).toBe(kind);
      const capture = read(pasted);
      expect(capture.findings).toEqual([]);
      expect(plain(capture.functions)).toEqual(original[kind]);
    }
  });

  test('lines that a terminal broke at its right edge are put together again', () => {
    const names = fixtureText('q35-pciutils-3.7-nnvvv.txt');
    const broken = indentBy(8)(names).replace(/^.{81,}$/gm, (line) => line.replace(/(.{80})(?=.)/g, '$1\n'));
    expect(broken.split('\n').length).toBeGreaterThan(names.split('\n').length + 20);
    expect(plain(read(broken).functions)).toEqual(plain(read(names).functions));
  });

  test.each([80, 100, 120, 132])('a title that fills a terminal of %i columns goes on in the next line', (width) => {
    const title = `00:02.0 Ethernet controller: ${'Wordless'.repeat(20)}`.slice(0, width + 9);
    const wrapped = `${title.slice(0, width)}\n${title.slice(width)}\n\tControl: Mem+ BusMaster+\n`;
    expect(readOne(wrapped).printedName).toEqual(readOne(`${title}\n\tControl: Mem+ BusMaster+\n`).printedName);
  });

  test('bytes that are not UTF-8 cost one character', () => {
    const bytes = encode('00:02.0 Audio device: A?B\n');
    bytes[bytes.indexOf(0x3f)] = 0xff;
    expect(readOne(new TextDecoder('latin1').decode(bytes)).printedName).toEqual(known('AÿB'));
    expect(looksLikeLspci(bytes)).toBe('text');
  });
});

describe('what was left out is not taken for absent', () => {
  const port = (text.split('\n\n')[1] ?? '').split('\n');
  const acsAt = port.findIndex((line) => line.includes('Access Control Services'));
  const aerAt = port.findIndex((line) => line.includes('Advanced Error Reporting'));
  const other = text.split('\n\n')[3];

  test('the whole list: ACS is there', () => {
    expect(readOne(`${port.join('\n')}\n\n`).config.bits(0x100, 4, 0xfff0_0000)).toBe(0x1480_0000);
  });

  test.each([
    { cut: 'the input ends in the middle', lines: port.slice(0, acsAt - 3), end: '' },
    { cut: 'dots stand for the rest', lines: [...port.slice(0, acsAt - 3), '...'], end: '\n\n' },
    {
      cut: '[snip] stands in the middle',
      lines: [...port.slice(0, aerAt + 2), '[snip]', ...port.slice(acsAt + 3)],
      end: '\n',
    },
  ])('$cut: whether a capability follows is unknown, and said', ({ lines, end }) => {
    const capture = read(`${other}\n\n${lines.join('\n')}${end}`);
    expect(capture.functions[1]?.config.bits(0x100, 4, 0xfff0_0000)).toBeUndefined();
    expect(capture.findings).toContainEqual(expect.objectContaining({ code: 'text-cut' }));
  });

  test('dots above the first capability shown: it need not be the first of the list', () => {
    const firstAt = port.findIndex((line) => line.includes('Capabilities: '));
    const start = (lines: string[]): number | undefined => readOne(`${lines.join('\n')}\n\n`).config.read8(0x34);
    expect(start(port)).toBe(0x54);
    expect(start([...port.slice(0, firstAt), '\t...', ...port.slice(firstAt)])).toBeUndefined();
  });

  test('a bridge whose lines end before its bus numbers is not taken for an endpoint', () => {
    const start = port.slice(
      0,
      port.findIndex((line) => line.includes('Bus: ')),
    );
    expect(readOne(start.join('\n')).config.bits(0x0e, 1, 0x7f)).toBeUndefined();
    expect(readOne(`${start.join('\n')}\n\n`).config.bits(0x0e, 1, 0x7f)).toBeUndefined();
  });
});
