/** FNV-1a over words of 32 bits; native/common.h has the same in C. */
export class Hash {
  #state = 0x811c9dc5;

  word(word: number): void {
    this.#state = Math.imul(this.#state ^ word, 16777619);
  }

  words(words: ArrayLike<number>, from = 0, to: number = words.length): void {
    for (let i = from; i < to; i++) this.word(words[i] ?? 0);
  }

  /** A value of 64 bits, the low half first. */
  wide(value: bigint): void {
    this.word(Number(value & 0xffff_ffffn));
    this.word(Number(value >> 32n));
  }

  /** Eight hexadecimal digits. */
  toString(): string {
    return (this.#state >>> 0).toString(16).padStart(8, '0');
  }
}
