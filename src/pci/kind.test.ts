import { describe, expect, it } from 'vitest';
import { readLspci } from '../capture/lspci/index.ts';
import { buildTopology, type DeviceKind, deviceKind, isEndpointKind, isFocusKind } from './index.ts';

/** Kinds of the functions that lines of `lspci -nn` tell of, in the order of the lines. */
function kindsOf(...lines: readonly string[]): readonly DeviceKind[] {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  return buildTopology(readLspci(bytes, 'x.txt')).functions.map(deviceKind);
}

/** Class and ids of devices that people have, by what they are. */
const BY_IDS: readonly (readonly [DeviceKind, string])[] = [
  [
    'other',
    '0000 106b:1801, 0000 106b:1802, 00ff 1234:11e8, 0480 8086:465d, 0700 8086:51fc, 0700 8086:a37c, 0780 8086:06a8, 0780 8086:06a9, 0780 8086:06e0, 0780 8086:51a8, 0780 8086:51e0, 0780 8086:a328, 0780 8086:a360, 1080 1022:1486, 1080 1022:156e, 1080 1022:1649',
  ],
  [
    'storage',
    '0101 1002:439c, 0104 8086:467f, 0106 1002:4391, 0106 1022:43f6, 0106 1022:7901, 0106 1b21:0612, 0106 8086:2922, 0106 8086:a352, 0180 106b:2005',
  ],
  ['nvme', '0108 144d:a808, 0108 144d:a80a, 0108 144d:a80c, 0108 1c5c:1959, 0108 1e4b:1602'],
  [
    'nic',
    '0200 10ec:8125, 0200 10ec:8168, 0200 14e4:1686, 0200 15b3:1018, 0200 1d6a:94c0, 0200 8086:1539, 0200 8086:1563, 0200 8086:15bc, 0200 8086:15f3',
  ],
  ['wireless', '0280 14e4:4464, 0280 8086:2723, 0280 8086:51f0'],
  [
    'gpu',
    '0300 1002:164e, 0300 1002:7340, 0300 1002:9806, 0300 10de:1bb1, 0300 10de:2204, 0300 10de:2230, 0300 10de:2486, 0300 10de:26b1, 0300 10de:2803, 0300 10de:2b85, 0300 8086:4680, 0300 8086:46a6, 0302 10de:2bb5',
  ],
  ['display', '0300 1a03:2000'],
  ['video', '0400 bdbd:a148'],
  [
    'audio',
    '0401 106b:1803, 0401 8086:51c8, 0403 1002:4383, 0403 1022:1487, 0403 1022:15e3, 0403 8086:06c8, 0403 8086:a348',
  ],
  [
    'system',
    '0500 8086:06ef, 0500 8086:51ef, 0500 8086:a36f, 0806 1022:0008, 0806 1022:1481, 0806 1022:153b, 0806 1022:1631, 0806 1022:164f, 0807 1022:153c, 0880 8086:09a2, 0880 8086:09a3, 0880 8086:09a4, 0880 8086:09a6, 0880 8086:09a7, 0880 8086:09ab, 0880 8086:15eb, 0880 8086:3440, 0880 8086:3441, 0880 8086:3442, 0880 8086:3443, 0880 8086:3445, 0880 8086:3446, 0880 8086:3447, 0880 8086:3448, 0880 8086:344b, 0880 8086:344c, 0880 8086:344d, 0880 8086:344f, 0880 8086:3450, 0880 8086:3451, 0880 8086:3452, 0880 8086:3455, 0880 8086:3457, 0880 8086:3458, 0880 8086:3459, 0880 8086:345a, 0880 8086:345b, 0880 8086:345c, 0880 8086:345d, 0880 8086:345e, 0880 8086:345f, 0880 8086:464f, 0c05 1002:4385, 0c05 1022:790b, 0c05 10de:0aa2, 0c05 8086:06a3, 0c05 8086:2930, 0c05 8086:51a3, 0c05 8086:a323, 0c80 8086:06a4, 0c80 8086:51a4, 0c80 8086:51ab, 0c80 8086:51e8, 0c80 8086:51e9, 0c80 8086:a324, 1101 8086:2880, 1101 8086:344a, 1101 8086:3c41, 1101 8086:3c42, 1180 8086:06f9, 1180 8086:461d, 1180 8086:a379',
  ],
  [
    'usb',
    '0c03 1002:4396, 0c03 1002:4397, 0c03 1002:4399, 0c03 1022:148c, 0c03 1022:149c, 0c03 1022:151a, 0c03 1022:151b, 0c03 1022:151c, 0c03 1022:151d, 0c03 1022:151e, 0c03 1022:151f, 0c03 1022:1557, 0c03 1022:15b6, 0c03 1022:15b7, 0c03 1022:15b8, 0c03 1022:43f7, 0c03 1b21:1242, 0c03 1b21:3242, 0c03 1b73:1100, 0c03 8086:06ed, 0c03 8086:1137, 0c03 8086:1138, 0c03 8086:15ec, 0c03 8086:461e, 0c03 8086:463e, 0c03 8086:466d, 0c03 8086:51ed, 0c03 8086:a36d',
  ],
  ['accelerator', '1180 1022:17f0, 1180 10ee:7021'],
  ['dummy', '1300 1022:1485, 1300 1022:148a, 1300 1022:1556, 1300 8086:3456'],
  // Not in a machine that was seen, and named where they are documented.
  [
    'accelerator',
    '0880 8086:0b25, 0880 8086:0cfe, 0b40 8086:4940, 1200 1da3:1020, 1200 10ee:5000, 0580 10ee:500c, 1200 8086:7d1d, 1180 1022:1502, 1200 19e5:d802, 1180 1172:e003, ff00 10ee:9038',
  ],
  ['nvswitch', '0680 10de:1af1, 0680 10de:22a3'],
  ['ib', '0207 15b3:1021'],
  ['dpu', '0200 15b3:a2d6, 0207 15b3:a2dc, 0200 1dd8:1002'],
  ['nic', '0280 15b3:1003, 0280 19ee:4000'],
  ['display', '0300 102b:0522, 0300 102b:0538, 0300 19e5:1711, 0300 1234:1111, 0300 1002:515e, 0380 1af4:1050'],
  ['gpu', '0302 1002:740f, 0380 8086:56c0, 0302 1ed5:0222, 0300 8086:e223'],
  ['switch-management', '0107 1000:00b2, 0580 11f8:4084, 0880 10b5:87d0'],
  ['dummy', '0880 1000:02b2'],
  ['memory', '0502 1ae0:0500, 0580 1de5:2000'],
  ['wireless', '0280 168c:003e, 0d11 8086:0082'],
  ['companion', '0403 8086:4f90, 0403 8086:e2f7'],
  ['bridge', '0601 8086:a305, 0680 8086:1234'],
  ['host-bridge', '0600 8086:09a2'],
];

describe('the kind of a function', () => {
  it.each(BY_IDS.flatMap(([kind, all]) => all.split(', ').map((text) => [text, kind] as const)))(
    'of class and ids %s is %s',
    (text, kind) => {
      const [classCode, ids] = text.split(' ');
      expect(kindsOf(`0000:03:00.0 Device [${classCode}]: Name [${ids}]`)).toEqual([kind]);
    },
  );

  it.each<[string, DeviceKind]>([
    ['VGA compatible controller: Matrox Electronics Systems Ltd. G200eR2', 'display'],
    ['VGA compatible controller: ASPEED Technology, Inc. ASPEED Graphics Family', 'display'],
    [
      'VGA compatible controller: Huawei Technologies Co., Ltd. Hi171x Series [iBMC Intelligent Management system chip w/VGA support]',
      'display',
    ],
    ['VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3090]', 'gpu'],
    ['3D controller: NVIDIA Corporation GP100GL [Tesla P100 PCIe 12GB]', 'gpu'],
    ['Serial Attached SCSI controller: Broadcom / LSI PCIe Switch management endpoint', 'switch-management'],
    ['Serial Attached SCSI controller: Adaptec Smart Storage PQI 12G SAS/PCIe 3', 'storage'],
    ['System peripheral: Broadcom / LSI Virtual PCIe Placeholder Endpoint', 'dummy'],
    ['Co-processor: NVIDIA Corporation MCP79 Co-processor', 'system'],
    ['Processing accelerators: Huawei Technologies Co., Ltd. Device d802', 'accelerator'],
    ['Network controller: MEDIATEK Corp. Device 7925', 'wireless'],
    ['Infiniband controller: Mellanox Technologies MT27800 Family [ConnectX-5]', 'ib'],
    [
      'Ethernet controller: Mellanox Technologies MT42822 BlueField-2 integrated ConnectX-6 Dx network controller',
      'dpu',
    ],
    ['Multimedia video controller: Blackmagic Design DeckLink SDI Micro', 'video'],
  ])('without ids, by name: %s is %s', (text, kind) => {
    expect(kindsOf(`0000:03:00.0 ${text}`)).toEqual([kind]);
  });

  it('of audio, USB and USB-C functions on a GPU card is companion; the USB of a processor with graphics is its own', () => {
    expect(
      kindsOf(
        '0000:01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1e07]',
        '0000:01:00.1 Audio device [0403]: NVIDIA [10de:10f7]',
        '0000:01:00.2 USB controller [0c03]: NVIDIA [10de:1ad6]',
        '0000:01:00.3 Serial bus controller [0c80]: NVIDIA [10de:1ad7]',
        '0000:0a:00.0 VGA compatible controller [0300]: AMD [1002:1638]',
        '0000:0a:00.1 Audio device [0403]: AMD [1002:1637]',
        '0000:0a:00.3 USB controller [0c03]: AMD [1022:1639]',
        '0000:0a:00.6 Audio device [0403]: AMD [1022:15e3]',
        '0000:0b:00.0 Audio device [0403]: NVIDIA [10de:10f7]',
        // Graphics of another maker have no companions.
        '0000:0c:00.0 VGA compatible controller [0300]: Zhaoxin [1d17:3a04]',
        '0000:0c:00.1 Audio device [0403]: Zhaoxin [1d17:9141]',
      ).join(' '),
    ).toBe('gpu companion companion companion gpu companion usb audio audio gpu audio');
  });

  it.each<[DeviceKind, boolean, boolean]>([
    ['gpu', true, true],
    ['ib', true, true],
    ['dpu', true, true],
    ['nvswitch', true, true],
    ['storage', true, false],
    ['display', true, false],
    ['companion', false, false],
    ['dummy', false, false],
    ['switch-management', false, false],
    ['root-port', false, false],
  ])('%s: an endpoint %s, in focus %s', (kind, endpoint, focus) => {
    expect([isEndpointKind(kind), isFocusKind(kind)]).toEqual([endpoint, focus]);
  });
});
