/** A plan as a report: the answer, the price, then what to paste. */
import { printable } from '../base/index.ts';
import type { Blocked, Plan, PlanSteps, Want } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { isolationJson } from './groups-sheet.ts';
import { lengthWords } from './length-words.ts';
import { longName, nameList, shortName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { priceLines } from './price-text.ts';
import { missingText, reasonText } from './reason-text.ts';
import { type Block, code, list, type Section, type Sheet, text } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';

/** The whole plan. */
export function planSheet(subject: Subject, plan: Plan): Sheet {
  const { names } = subject;
  const [first] = plan.gained;
  return {
    title: 'peerpath fix',
    answer: answer(plan, names),
    context: contextLines(subject),
    sections: [
      ...(plan.steps === undefined ? [] : priceSection(plan, names)),
      ...(plan.steps === undefined || first === undefined ? [] : stepSections(plan.steps, plan.ports, first, names)),
      ...leftOver(plan, names),
    ],
  };
}

function answer(plan: Plan, names: DeviceNames): string {
  const { gained, already, impossible, givenUp, open, ports, request } = plan;
  const refused = countWants(impossible);
  const word = request.goal === 'direct' ? 'direct' : 'supported';
  const wanted = request.wants.length;
  if (wanted === 0)
    return 'Nothing to fix: no two of these devices share a bridge, and no setting makes such pairs direct.';
  if (already.length === wanted) return `Nothing to fix: all ${wanted} wanted pairs are ${word} now.`;
  if (gained.length > 0) {
    const all = gained.length + already.length === wanted;
    const which = all
      ? `all ${wanted} wanted pairs are ${word} then`
      : `${gained.length} of ${wanted} wanted pairs become direct`;
    const rest = all || already.length === 0 ? '' : `, ${already.length} are ${word} now`;
    return `Clear ACS redirect at ${nameList(ports, names, 6)}: ${which}${rest}.`;
  }
  if (refused > 0)
    return `No setting can help: ${refused} of ${wanted} wanted pairs cannot become ${word} in this machine.`;
  if (givenUp.length > 0)
    return `No change keeps ${nameList(request.keepIsolated, names)} isolated and makes any more wanted pair direct.`;
  return `Unknown: the input lacks what decides for ${countWants(open)} of ${wanted} wanted pairs.`;
}

function priceSection({ cost, gained }: Plan, names: DeviceNames): Section[] {
  const pairs = gained.slice(0, 12).map((want) => pairText(want, names));
  const more = gained.length - pairs.length;
  return [
    { title: 'What it costs', blocks: [text(...priceLines(cost, names))] },
    { title: 'What becomes direct', blocks: [list(more > 0 ? [...pairs, `and ${more} more`] : pairs, 13)] },
  ];
}

function pairText({ provider, client }: Want, names: DeviceNames): string {
  return `${longName(client, names)} to memory of ${longName(provider, names)}`;
}

function stepSections(steps: PlanSteps, ports: readonly PciFunction[], first: Want, names: DeviceNames): Section[] {
  const ask = `peerpath explain ${shortName(first.provider, names)} ${shortName(first.client, names)}`;
  return [
    ...parameterSection(steps, names),
    {
      title: 'Now, until the next boot',
      blocks: [
        text('As root, with no peer-to-peer DMA running. IOMMU groups stay as they are: they are formed at boot.'),
        code(steps.setpci, 'the setpci commands'),
      ],
    },
    ...unitSection(steps),
    {
      title: 'Verify',
      blocks: [code([`sudo ${ask}`, ...ports.map((port) => `sudo lspci -vvs ${formatBdf(port.bdf)} | grep ACSCtl`)])],
    },
    {
      title: 'Undo',
      blocks: [
        text('Take the kernel parameter or the unit away and boot, or now:'),
        code(steps.undo, 'the commands that undo it'),
      ],
    },
  ];
}

function parameterSection({ parameter }: PlanSteps, names: DeviceNames): Section[] {
  if (parameter === undefined) {
    const why =
      'No parameter was found that does this in the boot as it is: another parameter of the command line sets these bits again. Take it out first.';
    return [{ title: 'At every boot', blocks: [text(why)] }];
  }
  const { text: option, replaces, verified, line, byIds } = parameter;
  const blocks: Block[] = lengthWords(parameter, names).map((words) => text(words));
  if (replaces !== undefined) blocks.push(text(`In place of ${printable(replaces)}, which it takes up.`));
  if (verified === 'registers')
    blocks.push(text('Checked on the registers as they are; whether that boot sets others is not known.'));
  const safe = printable(option);
  const whole = line === undefined ? undefined : printable(line);
  blocks.push(
    text(
      `${byIds ? 'Ports are named by vendor and device, which no other port has: by path they would not fit.' : 'Ports are named by path, as bus numbers move between boots.'} In /etc/default/grub, with the inner quotes (GRUB`,
    ),
    text('ends a command at a semicolon), then run update-grub or grub2-mkconfig -o /boot/grub2/grub.cfg:'),
    code([`GRUB_CMDLINE_LINUX_DEFAULT='${grubWords(whole ?? `... ${safe}`)}'`], 'the GRUB line'),
    text(
      `In a boot loader entry (systemd-boot, /boot/loader/entries/*.conf), unquoted, ${whole === undefined ? 'at the end of' : 'as'} the options line:`,
    ),
    code([`options ${whole ?? `root=... ${safe}`}`], 'the kernel parameter'),
  );
  return [{ title: 'At every boot', blocks }];
}

function lengthJson(parameter: PlanSteps['parameter']): object {
  if (parameter === undefined) return {};
  const { fit, shorter } = parameter;
  const devices = shorter?.besides.map(({ bdf }) => formatBdf(bdf));
  return {
    commandLine: { length: fit.length, limit: fit.limit, fits: fit.fits },
    ...(shorter === undefined
      ? {}
      : {
          shorter: {
            kernelParameter: shorter.text,
            length: shorter.fit.length,
            fits: shorter.fit.fits,
            besides: devices,
          },
        }),
  };
}

/** The words as GRUB reads them from its file: it puts root= and ro there by itself, and ends commands at semicolons. */
function grubWords(line: string): string {
  const words = (line.match(/(?:"[^"]*"|\S)+/g) ?? []).filter((word) => !/^(?:root=.*|ro|rw)$/.test(word));
  return words.map((word) => (/[;&|<>(){}$]/.test(word) && !word.startsWith('"') ? `"${word}"` : word)).join(' ');
}

/** For setups whose command line cannot be changed. */
function unitSection({ sysfsGlobs }: PlanSteps): Section[] {
  const loop = `for d in ${sysfsGlobs.join(' ')}; do setpci -s "$${'$'}{d##*/}" ECAP_ACS+6.w=0:2c || exit 1; done`;
  return [
    {
      title: 'Where the kernel command line cannot be changed',
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
    },
  ];
}

function leftOver({ impossible, open, givenUp, request }: Plan, names: DeviceNames): Section[] {
  const sections: Section[] = [];
  if (impossible.length > 0) {
    sections.push({
      title: 'What no setting can help',
      blocks: [
        list(byReason(impossible, names)),
        text(
          'Put both devices of a pair below one PCIe switch. The host bridge allowlist is no setting: Linux refuses a host bridge because writes through it get lost.',
        ),
      ],
    });
  }
  if (givenUp.length > 0) {
    sections.push({
      title: `What would take isolation from ${nameList(request.keepIsolated, names)}`,
      blocks: [list(givenUp.map((want) => pairText(want, names)))],
    });
  }
  if (open.length > 0) {
    const missing = new Set(
      open.flatMap(({ verdict }) =>
        verdict.missing.map((each) => `${missingText(each).fact}: ${missingText(each).how}`),
      ),
    );
    sections.push({ title: 'What is missing', blocks: [list([...missing].slice(0, 8))] });
  }
  return sections;
}

/** One line for all pairs refused for the same reason. */
function byReason(blocked: readonly Blocked[], names: DeviceNames): string[] {
  const lines = new Map<string, Want[]>();
  for (const { verdict, wants } of blocked) {
    const why = verdict.reasons
      .filter(({ code }) => code !== 'acs-redirect')
      .map((reason) => reasonText(reason, names, verdict))
      .join(' ');
    lines.set(why, [...(lines.get(why) ?? []), ...wants]);
  }
  return [...lines].map(([why, of]) => {
    const pairs = of.slice(0, 4).map((want) => `${shortName(want.provider, names)}/${shortName(want.client, names)}`);
    return `${pairs.join(', ')}${of.length > 4 ? ` and ${of.length - 4} more` : ''}: ${why}`;
  });
}

function countWants(blocked: readonly Blocked[]): number {
  return blocked.reduce((sum, { wants }) => sum + wants.length, 0);
}

/** `fix --json`. */
export function planJson(subject: Subject, plan: Plan): object {
  const pair = ({ provider, client }: Want): object => ({
    provider: formatBdf(provider.bdf),
    client: formatBdf(client.bdf),
  });
  const { steps } = plan;
  return {
    ...documentHead('peerpath.fix/1', subject),
    goal: plan.request.goal,
    keepIsolated: plan.request.keepIsolated.map((fn) => formatBdf(fn.bdf)),
    ports: plan.ports.map((fn) => formatBdf(fn.bdf)),
    kernelParameter: steps?.parameter?.text ?? null,
    ...lengthJson(steps?.parameter),
    replaces: steps?.parameter?.replaces ?? null,
    verified: steps?.parameter?.verified ?? null,
    setpci: steps?.setpci ?? [],
    undo: steps?.undo ?? [],
    cost: isolationJson(plan.cost),
    already: plan.already.map(pair),
    gained: plan.gained.map(pair),
    givenUp: plan.givenUp.map(pair),
    impossible: plan.impossible.flatMap(({ verdict, wants }) =>
      wants.map((want) => ({
        ...pair(want),
        mapType: verdict.mapType,
        reasons: verdict.reasons.map(({ code: reason }) => reason),
      })),
    ),
    open: plan.open.flatMap(({ verdict, wants }) =>
      wants.map((want) => ({ ...pair(want), candidates: verdict.candidates })),
    ),
  };
}
