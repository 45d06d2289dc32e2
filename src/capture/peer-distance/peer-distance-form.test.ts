import { expect, it } from 'vitest';
import { joinParts, readText } from '../index.ts';

it('peer distances of nvidia-fs make no devices, also below a list of lspci', () => {
  const lines =
    '0000:be:00.0 0000:58:00.1 138 0 network\n0000:be:00.0 0000:bd:00.1 3 4082933 network (ib5) (best peer)\n';
  const alone = readText(new TextEncoder().encode(`$ cat peer_distance\n${lines}`), 'peers.txt').parts;
  expect(alone.map(({ functions, told }) => [functions, told?.includes('2 pairs')])).toEqual([[undefined, true]]);
  const text = `01:00.0 VGA compatible controller: NVIDIA\n${lines}02:00.0 Ethernet controller: Intel\n`;
  const joined = joinParts(readText(new TextEncoder().encode(text), 'peers.txt').parts);
  expect(joined.ok && joined.value.functions.map(({ bdf }) => bdf)).toEqual([0x100, 0x200]);
});
