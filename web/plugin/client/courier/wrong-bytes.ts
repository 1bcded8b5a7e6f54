/**
 * Tells another version of a file from damaged bytes, by comparison with the right ones.
 *
 * Media is compressed: bytes of another version agree with the right ones by chance alone, and
 * hardly ever repeat. Damaged bytes agree in most places, or are zeros.
 */

const MOSTLY = 0.5

export class WrongBytes {
  #all = 0
  #wrong = 0
  #repeated = 0

  /** Compares the bytes from `first` to before `end`. */
  add(found: Uint8Array, right: Uint8Array, first: number, end: number): this {
    for (let i = first; i < end; i++) {
      if (found[i] !== right[i]) this.#wrong += 1
      if (i > first && found[i] === found[i - 1]) this.#repeated += 1
    }
    this.#all += end - first
    return this
  }

  get some(): boolean {
    return this.#wrong > 0
  }

  get areOfAnotherVersion(): boolean {
    return this.#wrong > MOSTLY * this.#all && this.#repeated < MOSTLY * this.#all
  }
}
