import { randomBytes, randomUUID } from 'node:crypto'

/** Makes the ids of one fake server, in the forms that Codex gives them. */
export class Ids {
  #serial = 0
  #requests = 0

  /** A UUID of version 7, as threads, turns and user messages have; later ones sort behind earlier ones. */
  uuid(): string {
    const millis = Date.now().toString(16).padStart(12, '0').slice(-12)
    // The twelve bits behind the time count, so that ids of one millisecond keep their order.
    const count = (this.#serial++ & 0xfff).toString(16).padStart(3, '0')
    const random = randomBytes(8)
    random[0] = ((random[0] ?? 0) & 0x3f) | 0x80
    const tail = random.toString('hex')
    return `${millis.slice(0, 8)}-${millis.slice(8)}-7${count}-${tail.slice(0, 4)}-${tail.slice(4)}`
  }

  /** A random UUID, as revisions have. */
  revision(): string {
    return randomUUID()
  }

  /** An id such as the model gives to what it produces: `msg_1`, `call_2`. */
  item(prefix: string): string {
    this.#serial += 1
    return `${prefix}_${this.#serial}`
  }

  /** Id of a request of the server. The first is 0, which is falsy: clients get that wrong. */
  request(): number {
    return this.#requests++
  }
}

const SIMPLE_LENGTH = 32
const GROUPS = [8, 4, 4, 4, 12] as const

/** Why a text is no UUID, in the words of Codex; `undefined` when it is one. */
export function uuidFault(text: string): string | undefined {
  const bad = /[^0-9a-fA-F-]/u.exec(text)
  if (bad) {
    const at = [...text.slice(0, bad.index)].length + 1
    return `invalid character: expected an optional prefix of \`urn:uuid:\` followed by [0-9a-fA-F-], found \`${bad[0]}\` at ${at}`
  }
  const groups = text.split('-')
  if (groups.length === 1) {
    return text.length === SIMPLE_LENGTH
      ? undefined
      : `invalid length: expected length ${SIMPLE_LENGTH} for simple format, found ${text.length}`
  }
  if (groups.length !== GROUPS.length)
    return `invalid group count: expected ${GROUPS.length}, found ${groups.length}`
  for (const [index, group] of groups.entries()) {
    if (group.length !== GROUPS[index]) {
      return `invalid group length in group ${index}: expected ${GROUPS[index]}, found ${group.length}`
    }
  }
  return undefined
}
