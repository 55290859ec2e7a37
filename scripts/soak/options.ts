import { parseArgs } from 'node:util'
import { InvalidInputError } from '../../src/util/errors.js'

/** What to run. */
export interface SoakOptions {
  /** Turns in all. */
  readonly turns: number
  /** Threads that run them side by side. */
  readonly threads: number
  /** Time after which no further turn is begun, in seconds. */
  readonly seconds: number
  /** What each turn is to be follows from it; what coincides with a kill does not. */
  readonly seed: number
}

const DEFAULTS: SoakOptions = { turns: 5_000, threads: 16, seconds: 900, seed: 1 }

/** Reads `--turns N --threads N --seconds N --seed N`. Throws for anything else. */
export function readOptions(args: readonly string[]): SoakOptions {
  const option = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { turns: option, threads: option, seconds: option, seed: option },
  })
  const read = (name: keyof SoakOptions) => {
    const number = values[name] === undefined ? DEFAULTS[name] : Number(values[name])
    if (Number.isSafeInteger(number) && number > 0) return number
    throw new InvalidInputError(name, values[name], 'a whole number above 0')
  }
  return { turns: read('turns'), threads: read('threads'), seconds: read('seconds'), seed: read('seed') }
}
