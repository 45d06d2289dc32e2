import { expect, test } from 'vitest';
import { isZenRootComplex } from './amd-root-complexes.ts';

/** Typed off pci.ids a second time: the devices of vendor 1022 that are root complexes, ports and data fabrics. */
const ZEN =
  '1110-1112 1122-1126 1130-1132 1148-114f 1248-124f 12b8-12c7 12f8-12ff 13e0-13e6 1440-1447 1450-1454 1460-1467 1480-1484 ' +
  '149a 149e-149f 14a4-14a5 14a7 14aa-14ab 14ad-14ba 14cd 14d8-14db 14dd 14e0-14eb 14ed-14f7 1507-150c 153a-153e 1554-1555 ' +
  '15d0-15d3 15da-15dc 15e8-15ef 15f8-15fe 1626-162a 1630-1635 1645-1648 164f-1657 1660-1671 1679-1680 16f8-16ff';
const BEFORE_ZEN =
  '1100-1103 1200-1204 1300-1304 1400-1405 1410-1418 141a-141f 1422 1424-1426 1510-1516 1530-1536 1566 156b 1570-1576 ' +
  '157b-157d 1580-1585 15b0-15b5 15bc 1600-1605 1700-1709 9600-9609';

function ranges(text: string): readonly (readonly [number, number])[] {
  return text.split(' ').map((range) => {
    const [first = '', last = first] = range.split('-');
    return [Number.parseInt(first, 16), Number.parseInt(last, 16)];
  });
}

test('each device id of AMD is of a Zen processor, of an older one, or tells nothing', () => {
  const within = (list: ReturnType<typeof ranges>, id: number) =>
    list.some(([first, last]) => id >= first && id <= last);
  const [zen, before] = [ranges(ZEN), ranges(BEFORE_ZEN)];
  const wrong = Array.from({ length: 0x1_0000 }, (_, id) => id).filter((id) => {
    const expected = within(zen, id) ? true : within(before, id) ? false : undefined;
    return isZenRootComplex(id) !== expected;
  });
  expect(wrong.map((id) => id.toString(16))).toEqual([]);
});
