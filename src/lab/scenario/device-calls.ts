/** Calls into vfio-pci that may sleep, in the order in which they get the memory lock of their device. */
import { proceed, type Sleeping } from '../../dma-buf/index.ts';
import type { VfioPciDevice } from '../../vfio/index.ts';

interface DeviceCall {
  readonly device: VfioPciDevice;
  readonly title: string;
  /** Goes on with the call; false: it still waits. */
  readonly go: () => boolean;
  /** It was made in an earlier step. */
  late: boolean;
}

/** What came of making a call. */
export type CallResult<T> = { readonly returned: true; readonly value: T } | { readonly returned: false };

/** The calls that have not returned. */
export class DeviceCalls {
  readonly #calls: DeviceCall[] = [];
  readonly #onReturn: (title: string) => void;

  /** @param onReturn told when a call returns that an earlier step made */
  constructor(onReturn: (title: string) => void) {
    this.#onReturn = onReturn;
  }

  /** What still waits, oldest first. */
  get waiting(): readonly string[] {
    return this.#calls.map(({ title }) => title);
  }

  /** Makes a call; it may have to wait for others on the same device, and for importers. */
  make<T>(device: VfioPciDevice, title: string, start: () => Sleeping<T>): CallResult<T> {
    let result: CallResult<T> = { returned: false };
    let running: Sleeping<T> | undefined;
    const go = (): boolean => {
      running ??= start();
      const progress = proceed(running);
      if (progress.state === 'done') result = { returned: true, value: progress.value };
      return progress.state === 'done';
    };
    const call: DeviceCall = { device, title, go, late: false };
    this.#calls.push(call);
    this.settle();
    call.late = true;
    return result;
  }

  /** Lets every call go on that can: an importer has let go of something. */
  settle(): void {
    for (let index = 0; index < this.#calls.length; ) {
      const call = this.#calls[index];
      const isFirst = this.#calls.findIndex(({ device }) => device === call?.device) === index;
      if (call === undefined || !isFirst || !call.go()) {
        index++;
        continue;
      }
      this.#calls.splice(this.#calls.indexOf(call), 1);
      if (call.late) this.#onReturn(call.title);
      index = 0;
    }
  }
}
