/** All tables of a fleet. Those with a `fingerprint` and no `hash` hold one answer for all hosts of that fingerprint. */
import type { Column, Row, Table } from './table.ts';

const FINGERPRINT: Column = ['VARCHAR', 'SHA-256 of all facts that answers depend on; joins with machines'];
const BDF: Column = ['VARCHAR', 'address of the function, dddd:bb:dd.f'];

/** What an input says of the machine itself. */
const INPUT_COLUMNS: Table['columns'] = {
  machine: ['VARCHAR', 'host name where the input prints it, else the name of the input without endings'],
  source: ['VARCHAR', 'the input: a path, ARCHIVE!MEMBER, FILE#N'],
  hash: ['VARCHAR', 'SHA-256 of the bytes of the input; every hash is counted once'],
  bytes: ['BIGINT', 'size of the input'],
  serials: [
    'VARCHAR',
    'digest of the serial numbers of its devices: the same machine under another name; null without any',
  ],
  fingerprint: FINGERPRINT,
};

/** What holds for all machines of one fingerprint. */
const SUMMARY_COLUMNS: Table['columns'] = {
  model: ['VARCHAR', 'processor, board (ids of the first function on the first root bus) and kinds of GPUs'],
  platform: ['VARCHAR', 'the model without its GPUs'],
  kernel: ['VARCHAR', 'release that answers are of (uname -r)'],
  kernel_source: ['VARCHAR', 'read, or assumed where the input does not tell'],
  cmdline: ['VARCHAR', 'kernel command line; what names disks, hosts and networks is replaced'],
  architecture: ['VARCHAR', 'x86, arm64, ...'],
  cpu: ['VARCHAR', 'model name of the processor'],
  iommu: ['VARCHAR', 'intel, amd, smmuv3: the kind the machine has'],
  iommu_in_use: ['BOOLEAN', 'does the kernel use an IOMMU'],
  domain_types: ['VARCHAR', 'types of the domains of its groups (DMA, DMA-FQ, identity), each once'],
  functions: ['INTEGER', 'PCI functions'],
  gpus: ['INTEGER', 'GPUs'],
  nics: ['INTEGER', 'network adapters of every network, DPUs among them'],
  nvmes: ['INTEGER', 'NVMe disks'],
  focus: [
    'INTEGER',
    'devices whose pairs are counted: GPUs, accelerators, NVSwitches, NICs, NVMe disks; else all endpoints',
  ],
  pairs: ['INTEGER', 'ordered pairs of these'],
  direct: ['INTEGER', 'pairs that are PCI_P2PDMA_MAP_BUS_ADDR'],
  through: ['INTEGER', 'pairs that are PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'],
  refused: ['INTEGER', 'pairs that are PCI_P2PDMA_MAP_NOT_SUPPORTED'],
  unknown: ['INTEGER', 'pairs for which the input lacks facts'],
  findings: ['INTEGER', 'rows of findings'],
};

/** One row for each input that could be read. */
const MACHINES: Table = {
  about: 'One row for each machine.',
  columns: { ...INPUT_COLUMNS, ...SUMMARY_COLUMNS },
};

const DEVICES: Table = {
  about: 'PCI functions.',
  columns: {
    fingerprint: FINGERPRINT,
    bdf: BDF,
    label: ['VARCHAR', 'gpu0, nic3: endpoints of a kind counted in bus order'],
    kind: ['VARCHAR', 'gpu, nic, ib, nvme, root-port, switch-downstream, ...'],
    name: ['VARCHAR', 'vendor and device in words'],
    vendor: ['VARCHAR', '0x and four digits'],
    device: ['VARCHAR', '0x and four digits'],
    class: ['VARCHAR', '0x and six digits'],
    driver: ['VARCHAR', 'bound driver'],
    numa_node: ['INTEGER', 'from 0'],
    iommu_group: ['INTEGER', 'number of its group'],
    parent: ['VARCHAR', 'bridge above; null on a root bus'],
    bars: ['VARCHAR', 'INDEX:SIZE of each BAR, bytes in hexadecimal'],
    acs_state: ['VARCHAR', 'known, absent, unreadable'],
    acs_control: ['VARCHAR', 'ACS control register, hexadecimal'],
    redirects: ['BOOLEAN', 'does the port redirect peer traffic upstream; null without ACS or where that is unknown'],
  },
};

const PAIRS: Table = {
  about: 'Ordered pairs of devices in focus, up to 256 of them; machines with more have the counts alone.',
  columns: {
    fingerprint: FINGERPRINT,
    provider: ['VARCHAR', 'address of the device whose memory is used'],
    client: ['VARCHAR', 'address of the device that reads and writes it'],
    provider_label: ['VARCHAR', 'gpu0, ...'],
    client_label: ['VARCHAR', 'nic0, ...'],
    provider_kind: ['VARCHAR', 'gpu, ...'],
    client_kind: ['VARCHAR', 'nic, ...'],
    verdict: [
      'VARCHAR',
      'PCI_P2PDMA_MAP_BUS_ADDR, PCI_P2PDMA_MAP_THRU_HOST_BRIDGE, PCI_P2PDMA_MAP_NOT_SUPPORTED, unknown',
    ],
    distance: ['INTEGER', 'what pci_p2pdma_distance() returns: hops, -1 where not supported'],
    class: ['VARCHAR', 'PIX, PXB, PHB, NODE, SYS as nvidia-smi topo -m has them'],
    reasons: ['VARCHAR', 'codes of what the kernel met, in its order'],
  },
};

const FINDINGS: Table = {
  about: 'What doctor finds.',
  columns: {
    fingerprint: FINGERPRINT,
    rank: ['INTEGER', 'from 1: what costs most first'],
    code: ['VARCHAR', 'stable name of the kind of finding'],
    layer: ['VARCHAR', 'whose decision: linux, driver, hardware, input'],
    weight: ['VARCHAR', 'blocks, exposes, slows, tells'],
    title: ['VARCHAR', 'what is wrong, in words'],
    devices: ['VARCHAR', 'addresses of the functions it is about'],
  },
};

const LINKS: Table = {
  about: 'PCI Express links, one for each function that has one.',
  columns: {
    fingerprint: FINGERPRINT,
    bdf: BDF,
    kind: ['VARCHAR', 'kind of the function'],
    speed: ['DOUBLE', 'GT/s now'],
    width: ['INTEGER', 'lanes now'],
    max_speed: ['DOUBLE', 'GT/s the function can do'],
    max_width: ['INTEGER', 'lanes the function can do'],
    could_speed: ['DOUBLE', 'GT/s that both ends can do, where it runs below that; else speed'],
    could_width: ['INTEGER', 'lanes that both ends can do, where it runs below that; else width'],
    slow: ['BOOLEAN', 'runs below what both ends can do'],
    resting: ['BOOLEAN', 'slow in speed alone and a GPU, which lowers it while it idles'],
  },
};

const GROUPS: Table = {
  about: 'IOMMU groups.',
  columns: {
    fingerprint: FINGERPRINT,
    number: ['INTEGER', 'as the kernel numbers it'],
    type: ['VARCHAR', 'DMA, DMA-FQ, identity, ...'],
    members: ['INTEGER', 'functions'],
    devices: ['VARCHAR', 'their addresses, in order'],
  },
};

const FACTS: Table = {
  about: 'The facts behind a fingerprint; fleet check works from them.',
  columns: { fingerprint: FINGERPRINT, facts: ['VARCHAR', 'text of the facts, whose SHA-256 is the fingerprint'] },
};

const FAILED: Table = {
  about: 'Inputs that could not be read.',
  columns: {
    source: ['VARCHAR', 'the input'],
    hash: ['VARCHAR', 'SHA-256 of its bytes; of its name where those could not be read'],
    bytes: ['BIGINT', 'size of the input; null where it could not be read'],
    code: ['VARCHAR', 'stable name of what is wrong'],
    sentence: ['VARCHAR', 'what is wrong, in words'],
  },
};

/** Tables with one answer for all hosts of a fingerprint. */
export const ANSWER_TABLES: { readonly [Name in AnswerTableName]: Table } = {
  devices: DEVICES,
  pairs: PAIRS,
  findings: FINDINGS,
  links: LINKS,
  groups: GROUPS,
  facts: FACTS,
};

/** All tables, by the names of their Parquet files. */
export const TABLES: { readonly [Name in TableName]: Table } = {
  machines: MACHINES,
  ...ANSWER_TABLES,
  failed: FAILED,
};

/** Name of a table with one answer for all hosts of a fingerprint. */
export type AnswerTableName = 'devices' | 'pairs' | 'findings' | 'links' | 'groups' | 'facts';
/** Name of a table. */
export type TableName = AnswerTableName | 'machines' | 'failed';

/** What one input tells of its machine. */
export interface InputRow extends Row {
  readonly machine: string;
  readonly source: string;
  readonly hash: string;
  readonly bytes: number | null;
  readonly serials: string | null;
  readonly fingerprint: string;
}

/** Names of the columns that hold for all machines of a fingerprint. */
export const SUMMARY_NAMES: readonly string[] = Object.keys(SUMMARY_COLUMNS);

/** An input that could not be read. */
export interface FailedRow extends Row {
  readonly source: string;
  readonly hash: string;
  readonly bytes: number | null;
  readonly code: string;
  readonly sentence: string;
}

/** Everything worked out for one fingerprint. */
export interface FleetAnswers {
  readonly fingerprint: string;
  /** The columns of `machines` that all its machines share. */
  readonly summary: Row;
  readonly rows: { readonly [Name in AnswerTableName]: readonly Row[] };
}
