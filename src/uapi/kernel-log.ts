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

/**
 * What explains that the modelled kernel did something wrong: the name of a defect, or what finds names in the arguments
 * of a call. Finding is left until someone asks: a million ranges take longer to look at than to map.
 */
export type DefectTouch = string | (() => readonly string[]);

/** Names of the defects in some touches, in order of first touch. */
export function defectNames(touches: readonly DefectTouch[]): readonly string[] {
  return [...new Set(touches.flatMap((touch) => (typeof touch === 'string' ? touch : touch())))];
}

/** Where a modelled kernel writes its WARNs and notices. One per modelled machine. */
export class KernelLog {
  readonly #warns: KernelWarn[] = [];
  readonly #notices: string[] = [];
  readonly #touches: DefectTouch[] = [];
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

  /** The modelled kernel just behaved in a way that a named defect explains. A function is called once at most. */
  touchDefect(touch: DefectTouch): void {
    this.#touches.push(typeof touch === 'string' ? touch : once(touch));
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

  /** How many touches there were, for {@link touchesSince}. */
  get defectTouches(): number {
    return this.#touches.length;
  }

  /** What was touched after the first `touches` touches, in order: what one call met. */
  touchesSince(touches: number): readonly DefectTouch[] {
    return this.#touches.slice(touches);
  }

  /** Names of the defects touched after the first `touches` touches. */
  defectsSince(touches: number): readonly string[] {
    return defectNames(this.touchesSince(touches));
  }

  /** Lets every once-WARN fire again (`/sys/kernel/debug/clear_warn_once`). */
  rearm(): void {
    this.#fired.clear();
  }

  /** Hands out what was logged so far and forgets it; once-WARNs that fired stay silent. */
  drain(): KernelLogEntries {
    const defects = this.defects;
    this.#touches.length = 0;
    return { warns: this.#warns.splice(0), notices: this.#notices.splice(0), defects };
  }
}

function once(find: () => readonly string[]): () => readonly string[] {
  let found: readonly string[] | undefined;
  return () => {
    found ??= find();
    return found;
  };
}
