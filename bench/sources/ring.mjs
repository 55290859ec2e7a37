/** The least that an event stream needs: a ring buffer behind a hand-written iterator, for one reader. */
export class Ring {
  #values = new Array(1024)
  #head = 0
  #size = 0
  #waiting
  #isEnded = false

  push(value) {
    const resolve = this.#waiting
    if (resolve) {
      this.#waiting = undefined
      resolve({ value, done: false })
      return
    }
    if (this.#size === this.#values.length) this.#grow()
    this.#values[(this.#head + this.#size) & (this.#values.length - 1)] = value
    this.#size += 1
  }

  end() {
    this.#isEnded = true
    this.#waiting?.({ value: undefined, done: true })
  }

  [Symbol.asyncIterator]() {
    return this
  }

  next() {
    if (this.#size === 0) {
      if (this.#isEnded) return Promise.resolve({ value: undefined, done: true })
      return new Promise((resolve) => {
        this.#waiting = resolve
      })
    }
    const value = this.#values[this.#head]
    this.#values[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#values.length - 1)
    this.#size -= 1
    return Promise.resolve({ value, done: false })
  }

  #grow() {
    const values = new Array(this.#values.length * 2)
    for (let i = 0; i < this.#size; i += 1)
      values[i] = this.#values[(this.#head + i) & (this.#values.length - 1)]
    this.#values = values
    this.#head = 0
  }
}
