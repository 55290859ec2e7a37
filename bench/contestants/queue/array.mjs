import { inBursts } from '../../sources/in-bursts.mjs'

/** An array of what nobody has taken and one of those who wait, as many a client has it. */
class ArrayQueue {
  #values = []
  #waiting = []
  #isEnded = false

  push(value) {
    const resolve = this.#waiting.shift()
    if (resolve) resolve({ value, done: false })
    else this.#values.push(value)
  }

  end() {
    this.#isEnded = true
    for (const resolve of this.#waiting) resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator]() {
    return this
  }

  next() {
    if (this.#values.length > 0) return Promise.resolve({ value: this.#values.shift(), done: false })
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

export const run = (count, { burst }) => inBursts(new ArrayQueue(), count, burst)
