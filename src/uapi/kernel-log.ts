/** WARNs of the modelled kernel. The kernel warns and goes on, with or without an error, so they are no results. */

/** One WARN that fired. */
export interface KernelWarn {
  /** Kernel source file, for example `drivers/iommu/dma-iommu.c`. */
  readonly file: string;
  /** `WARN_ON_ONCE` and its kin: silent after the first time, until re-armed. */
  readonly once: boolean;
  /** The condition in words, or the kernel's message where it prints one. */
  readonly text: string;
}

/** What one drain of a {@link KernelLog} held. */
export interface KernelLogEntries {
  readonly warns: readonly KernelWarn[];
  readonly notices: readonly string[];
  readonly defects: readonly string[];
}

/** Where a modelled kernel writes its WARNs and notices. One per modelled machine. */
export class KernelLog {
  readonly #warns: KernelWarn[] = [];
  readonly #notices: string[] = [];
  readonly #defects: string[] = [];
  readonly #fired = new Set<string>();

  /** A WARN that fires every time. */
  warn(file: string, text: string): void {
    this.#warns.push({ file, once: false, text });
  }

  /** A WARN that fires once per `file` and `text` until {@link rearm}. */
  warnOnce(file: string, text: string): void {
    const place = `${file}\n${text}`;
    if (this.#fired.has(place)) return;
    this.#fired.add(place);
    this.#warns.push({ file, once: true, text });
  }

  /** An ordinary message (`dev_notice`, `pr_err`). */
  notice(text: string): void {
    this.#notices.push(text);
  }

  /** The modelled kernel just behaved in a way that a named defect explains. */
  touchDefect(name: string): void {
    this.#defects.push(name);
  }

  /** WARNs so far, oldest first. */
  get warns(): readonly KernelWarn[] {
    return this.#warns;
  }

  /** Messages so far, oldest first. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** Names of the defects touched so far, in order of first touch. */
  get defects(): readonly string[] {
    return this.defectsSince(0);
  }

  /** How many touches there were, for {@link defectsSince}. */
  get defectTouches(): number {
    return this.#defects.length;
  }

  /** Names of the defects touched after the first `touches` touches, in order: what one call met. */
  defectsSince(touches: number): readonly string[] {
    return [...new Set(this.#defects.slice(touches))];
  }

  /** Lets every once-WARN fire again (`/sys/kernel/debug/clear_warn_once`). */
  rearm(): void {
    this.#fired.clear();
  }

  /** Hands out what was logged so far and forgets it; once-WARNs that fired stay silent. */
  drain(): KernelLogEntries {
    const defects = this.defects;
    this.#defects.length = 0;
    return { warns: this.#warns.splice(0), notices: this.#notices.splice(0), defects };
  }
}
