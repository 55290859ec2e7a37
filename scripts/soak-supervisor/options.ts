import { parseArgs } from 'node:util'
import { InvalidInputError } from '../../src/util/errors.js'

const DEFAULTS = { sessions: 32, turns: 1_000, runs: 50, 'server-kills': 10, 'host-kills': 5, seed: 1 }

/** What to run. */
export type SupervisorSoakOptions = Readonly<typeof DEFAULTS>

/** Reads `--sessions N --turns N --runs N --server-kills N --host-kills N --seed N`. Throws for anything else. */
export function readSupervisorSoakOptions(args: readonly string[]): SupervisorSoakOptions {
  const names = Object.keys(DEFAULTS) as (keyof SupervisorSoakOptions)[]
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  })
  const numbers = names.map((name) => {
    const value = values[name]
    const number = value === undefined ? DEFAULTS[name] : Number(value)
    if (!Number.isSafeInteger(number) || number < 0) {
      throw new InvalidInputError(name, value, 'a whole number from 0')
    }
    return [name, number]
  })
  return Object.fromEntries(numbers) as SupervisorSoakOptions
}
