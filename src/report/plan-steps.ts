/** How to carry out a plan: a kernel parameter, register writes for now, how to take both back, and how to look. */
import { gather, printable } from '../base/index.ts';
import type { PlanSteps, Want } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { lengthWords } from './length-words.ts';
import { shortName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { type Block, code, type Section, text } from './sheet/index.ts';

/** The steps, what most people need first; the rest behind `--steps`. `first`: a pair to look at afterwards. */
export function stepSections(
  steps: PlanSteps,
  ports: readonly PciFunction[],
  first: Want,
  names: DeviceNames,
): Section[] {
  const ask = `peerpath explain ${shortName(first.provider, names)} ${shortName(first.client, names)}`;
  return [
    ...parameterSection(steps, names),
    {
      title: 'Now, until the next boot',
      blocks: [
        text('As root, with no peer-to-peer DMA running; IOMMU groups stay as they are: they are formed at boot.'),
        code(shortened(steps.setpci), 'the setpci commands'),
        text('To undo it:'),
        code(shortened(steps.undo), 'the commands that undo it'),
      ],
    },
    ...entrySection(steps),
    ...unitSection(steps),
    {
      title: 'Verify',
      blocks: [code([`sudo ${ask}`, ...ports.map((port) => `sudo lspci -vvs ${formatBdf(port.bdf)} | grep ACSCtl`)])],
      behind: '--steps',
    },
  ];
}

/** Commands that stand line by line. */
const MOST_COMMANDS = 2;

/** Many register writes as loops: those of one value together. */
function shortened(commands: readonly string[]): readonly string[] {
  if (commands.length <= MOST_COMMANDS) return commands;
  const byWrite = new Map<string, string[]>();
  for (const command of commands) {
    const [, port, write] = /^setpci -s (\S+) (.+)$/.exec(command) ?? [];
    if (port === undefined || write === undefined) return commands;
    gather(byWrite, write, port);
  }
  return [...byWrite].map(([write, ports]) => `for p in ${braced(ports)}; do setpci -s $p ${write}; done`);
}

/** Addresses as bash has them: `0000:{05,15}:{00,01}.0`. Exactly these, in the order of bus numbers. */
function braced(addresses: readonly string[]): string {
  const slots = new Map<string, string[]>();
  for (const address of addresses) gather(slots, address.slice(0, -5), address.slice(-4));
  const buses = new Map<string, string[]>();
  for (const [bus, of] of slots) gather(buses, `${bus.slice(0, -3)} ${braces(of)}`, bus.slice(-2));
  return [...buses]
    .map(([key, of]) => {
      const [domain = '', slotWords = ''] = key.split(' ');
      return `${domain}:${braces(of)}:${slotWords}`;
    })
    .join(' ');
}

/** `00.0`, `{00,01}.0` or `{00.0,01.1}`. */
function braces(words: readonly string[]): string {
  const [first = '', ...others] = words;
  if (others.length === 0) return first;
  const end = /\.\d$/.exec(first)?.[0];
  const same = end !== undefined && words.every((word) => word.endsWith(end));
  return same ? `{${words.map((word) => word.slice(0, -2)).join(',')}}${end}` : `{${words.join(',')}}`;
}

function parameterSection({ parameter }: PlanSteps, names: DeviceNames): Section[] {
  if (parameter === undefined) {
    const why =
      'No parameter was found that does this in the boot as it is: another parameter of the command line sets these bits again. Take it out first.';
    return [{ title: 'At every boot', blocks: [text(why)] }];
  }
  const { text: option, replaces, verified, line, byIds, fit } = parameter;
  const notes = [
    ...lengthWords(parameter, names),
    ...(byIds && fit.fits
      ? ['Ports are named by vendor and device, which no other port has: by path they would not fit.']
      : []),
    ...(replaces === undefined ? [] : [`In place of ${printable(replaces)}, which it takes up.`]),
    ...(verified === 'registers'
      ? ['Checked on the registers as they are; whether that boot sets others is not known.']
      : []),
  ];
  const blocks: Block[] = notes.length === 0 ? [] : [text(...notes)];
  if (!fit.fits) return [{ title: 'At every boot', blocks }];
  const whole = printable(line ?? `... ${option}`);
  blocks.push(
    text(
      'In /etc/default/grub, in place of the line of this name; then update-grub, or grub2-mkconfig -o /boot/grub2/grub.cfg:',
    ),
    code(grubLines(grubWords(whole)), 'the lines for GRUB'),
  );
  return [{ title: 'At every boot', blocks }];
}

/** For boot loaders that read entries of one line. */
function entrySection({ parameter }: PlanSteps): Section[] {
  if (parameter === undefined) return [];
  const whole = parameter.line === undefined ? undefined : printable(parameter.line);
  const where = `In a boot loader entry (systemd-boot, /boot/loader/entries/*.conf), unquoted, ${whole === undefined ? 'at the end of' : 'as'} the options line:`;
  const line = code([`options ${whole ?? `root=... ${printable(parameter.text)}`}`], 'the kernel parameter');
  return [{ title: 'At every boot, without GRUB', blocks: [text(where), line], behind: '--steps' }];
}

/** The words as GRUB reads them from its file: it puts root= and ro there by itself, and ends commands at semicolons. */
function grubWords(line: string): readonly string[] {
  const words = (line.match(/(?:"[^"]*"|\S)+/g) ?? []).filter((word) => !/^(?:root=.*|ro|rw)$/.test(word));
  return words.map((word) => (/[;&|<>(){}$]/.test(word) && !word.startsWith('"') ? `"${word}"` : word));
}

const GRUB_NAME = 'GRUB_CMDLINE_LINUX_DEFAULT';
/** What the list held before. */
const OWN = '$' + '{PCI}';
/** Characters of one line of the file: with the margin of a report they fit 120 columns. */
const GRUB_LINE = 112;

/**
 * Assignments for /etc/default/grub, which is a shell script. What fits one line is one; else the long list of ports is
 * put together first, so that it can be read, and is the same however far in it is pasted.
 */
function grubLines(words: readonly string[]): readonly string[] {
  const one = `${GRUB_NAME}='${words.join(' ')}'`;
  if (one.length <= GRUB_LINE) return [one];
  const long = words.find((word) => word.includes(';') && word.length > GRUB_LINE / 2);
  const rest = words.map((word) => (word === long ? '\\"$PCI\\"' : word.replace(/["$`\\]/g, '\\$&')));
  const lines: string[] = [];
  for (const word of rest) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < GRUB_LINE) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? `${GRUB_NAME}="${word}` : `${GRUB_NAME}="$${GRUB_NAME} ${word}`);
  }
  return [...(long === undefined ? [] : listLines(long)), ...lines.map((line) => `${line}"`)];
}

/** A word that ends in a list, put together piece by piece. */
function listLines(word: string): readonly string[] {
  const [, head = '', list = ''] = /^"?(.*[=,])?([^=,]*?)"?$/.exec(word) ?? [];
  const lines = [`PCI="${head}`];
  for (const element of list.match(/[^;]+;?/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + element.length < GRUB_LINE) lines[lines.length - 1] = `${last}${element}`;
    else lines.push(`PCI="${OWN}${element}`);
  }
  return lines.map((line) => `${line}"`);
}

/** For setups whose command line cannot be changed. */
function unitSection({ sysfsGlobs }: PlanSteps): Section[] {
  const loop = `for d in ${sysfsGlobs.join(' ')}; do setpci -s "$${'$'}{d##*/}" ECAP_ACS+6.w=0:2c || exit 1; done`;
  return [
    {
      title: 'Without kernel parameters',
      blocks: [
        text(
          'A unit that does it early at every boot: /etc/systemd/system/peerpath-acs.service, then systemctl enable it.',
        ),
        code(
          [
            '[Unit]',
            'Description=Clear ACS redirect for peer-to-peer DMA',
            'After=systemd-modules-load.service',
            'Before=multi-user.target',
            '',
            '[Service]',
            'Type=oneshot',
            'RemainAfterExit=yes',
            `ExecStart=/bin/sh -c '${loop}'`,
            '',
            '[Install]',
            'WantedBy=multi-user.target',
          ],
          'the unit',
        ),
        text('IOMMU groups are formed before it runs: they keep looking isolated, and are not.'),
      ],
      behind: '--steps',
    },
  ];
}
