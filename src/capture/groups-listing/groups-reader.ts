/** Reads listings of IOMMU groups. Titles and details of members are left to the reader of lspci, which printed them. */
import { decodeUtf8, encodeUtf8 } from '../../base/index.ts';
import { type Bdf, formatBdf } from '../../uapi/index.ts';
import type { CapturePart, PartFunction } from '../capture-part.ts';
import { eachLine } from '../each-line.ts';
import { ABSENT, known, NOT_IN_INPUT } from '../fact.ts';
import type { Finding } from '../finding.ts';
import { cleanLine, lspciParts, type NumberedText } from '../lspci/index.ts';
import type { CapturedIommuGroup } from '../machine-capture.ts';
import type { Lines, PassageReader } from '../passage-form.ts';
import { type ListedMember, parseListingLine } from './listing-line.ts';
import { type TableColumns, type TableDevice, tableColumns, tableDevice } from './table-row.ts';

/** A member with the group it is in. */
interface Listed {
  readonly member: ListedMember;
  readonly group: number;
  readonly line: number;
}

/** `Kernel driver in use: vfio-pci`, where indentation was lost. */
const DETAIL = /^(?:[A-Z][\w /-]*: |total \d)/;

/** Reads the listings of one source. */
export class GroupsReader implements PassageReader {
  readonly #source: string;
  readonly #listed = new Map<Bdf, Listed>();
  readonly #rows: (TableDevice & { readonly line: number })[] = [];
  /** The lines as lspci prints them; lines that are none are empty, so that numbers stay. */
  readonly #texts: NumberedText[] = [];
  readonly #moved: Finding[] = [];
  #firstLine: number | undefined;
  #lastLine = 0;
  /** The group of members that stand without one. */
  #heading: number | undefined;
  /** Members below a line with ids and a group begin with ids too. */
  #idsFirst = false;
  #columns: TableColumns | undefined;
  /** Do lines below belong to a member that lspci printed? */
  #below = false;
  #afterBlank = false;

  constructor(source: string) {
    this.#source = source;
  }

  take(lines: Lines): void {
    const rewritten: string[] = [];
    this.#heading = undefined;
    this.#afterBlank = false;
    eachLine(lines, (start, end, line) => {
      const clean = cleanLine(lines.bytes, start, end);
      rewritten.push(this.#line(decodeUtf8(clean), line));
    });
    if (rewritten.some((text) => text !== '')) {
      this.#texts.push({ bytes: encodeUtf8(`${rewritten.join('\n')}\n`), firstLine: lines.firstLine });
    }
  }

  finish(): readonly CapturePart[] {
    if (this.#firstLine === undefined) return [];
    const titles = this.#texts.length === 0 ? [] : lspciParts(this.#texts, this.#source);
    const named = titles.filter(({ functions = [] }) => functions.length > 0);
    return [this.#groupsPart(this.#firstLine), ...named];
  }

  /** @returns what lspci would have printed in place of the line */
  #line(text: string, line: number): string {
    this.#columns = tableColumns(text) ?? this.#columns;
    const row = this.#columns === undefined ? undefined : tableDevice(text, this.#columns);
    if (row !== undefined) {
      this.#rows.push({ ...row, line });
      this.#note(line);
      return '';
    }
    const read = parseListingLine(text, true);
    const afterBlank = this.#afterBlank;
    this.#afterBlank = text.trim() === '';
    if (read === undefined) return this.#otherLine(text);
    this.#note(line);
    if (read.kind === 'heading') {
      this.#heading = read.group;
      this.#idsFirst = false;
      this.#below = false;
      return '';
    }
    // What is not indented and stands apart from the listing is a list of its own.
    if (afterBlank && /^\S/.test(text) && read.members.some(({ group }) => group === undefined))
      this.#heading = undefined;
    const [first] = read.members;
    // Listed again, it has nothing new to say but the group.
    const before = first === undefined ? undefined : this.#listed.get(first.bdf)?.member.lspciLine;
    for (const member of read.members) this.#add(member, line);
    const title = before === undefined ? first?.lspciLine : undefined;
    this.#below = title !== undefined;
    return title ?? '';
  }

  /** Details below a member; an empty line ends them, words at the margin end the listing. */
  #otherLine(text: string): string {
    if (text.trim() === '') {
      this.#below = false;
      return '';
    }
    if (/^[^\s>|]/.test(text) && !DETAIL.test(text)) {
      this.#heading = undefined;
      this.#below = false;
    }
    return this.#below ? text : '';
  }

  #add(member: ListedMember, line: number): void {
    const { bdf, idsFirst = false } = member;
    if (member.group !== undefined) {
      // With a group of its own, it says nothing of what follows, unless ids come first.
      this.#heading = idsFirst ? member.group : undefined;
      this.#idsFirst = idsFirst;
    } else if (this.#idsFirst && !idsFirst) this.#heading = undefined;
    const group = member.group ?? this.#heading;
    if (group === undefined) return;
    const before = this.#listed.get(bdf);
    if (before !== undefined && before.group !== group) {
      const text = `line ${before.line} lists it in IOMMU group ${before.group}, line ${line} in group ${group}; the later one counts`;
      this.#moved.push({ code: 'group-listed-twice', severity: 'notice', where: formatBdf(bdf), text });
    }
    this.#listed.set(bdf, { member, group, line });
  }

  #note(line: number): void {
    this.#firstLine ??= line;
    this.#lastLine = line;
  }

  #groupsPart(firstLine: number): CapturePart {
    const functions = [...[...this.#listed.values()].map(listedFunction), ...this.#rows.map(rowFunction)];
    const groups = new Map<number, Bdf[]>();
    for (const { bdf, iommuGroup } of functions) {
      if (iommuGroup?.state !== 'known') continue;
      const members = groups.get(iommuGroup.value);
      if (members === undefined) groups.set(iommuGroup.value, [bdf]);
      else members.push(bdf);
    }
    const list = [...groups]
      .sort(([a], [b]) => a - b)
      .map(
        ([id, devices]): CapturedIommuGroup => ({
          id,
          type: NOT_IN_INPUT,
          reservedRegions: NOT_IN_INPUT,
          devices: devices.sort((a, b) => a - b),
        }),
      );
    return {
      origin: { source: this.#source, passage: 'iommu-groups', line: firstLine, lastLine: this.#lastLine },
      functions,
      ...(list.length === 0 ? {} : { iommuGroups: known(list) }),
      findings: this.#moved,
    };
  }
}

function listedFunction({ member, group, line }: Listed): PartFunction {
  const { bdf, place } = member;
  if (place === undefined) return { bdf, line, iommuGroup: known(group) };
  const { parent, domain, bus } = place;
  return {
    bdf,
    line,
    iommuGroup: known(group),
    parent: parent === undefined ? ABSENT : known(parent),
    rootBus: known({ domain, bus }),
  };
}

function rowFunction({
  bdf,
  group,
  classCode,
  vendor,
  device,
  line,
}: TableDevice & { readonly line: number }): PartFunction {
  return {
    bdf,
    line,
    iommuGroup: group === undefined ? ABSENT : known(group),
    ...(classCode === undefined ? {} : { classCode: known(classCode) }),
    ...(vendor === undefined ? {} : { vendor: known(vendor) }),
    ...(device === undefined ? {} : { device: known(device) }),
  };
}
