import type { SoakOptions } from './options.js'
import type { memory } from './resources.js'
import type { Tally } from './tally.js'

/** What a soak has brought. */
export interface SoakResult {
  readonly options: SoakOptions
  readonly tally: Tally
  readonly kills: number
  readonly leaked: readonly string[]
  readonly unhandled: readonly unknown[]
  /** What the model's own functions threw. */
  readonly stubErrors: readonly unknown[]
  readonly elapsedMs: number
  readonly memoryBefore: ReturnType<typeof memory>
  readonly memoryAfter: ReturnType<typeof memory>
}

const MOST_SHOWN = 20

/** Prints the result as tables. Returns the exit code: 1 when something was lost, leaked or wrong. */
export function report(result: SoakResult): 0 | 1 {
  const { options, tally, kills, leaked, unhandled, stubErrors, elapsedMs, memoryBefore, memoryAfter } =
    result
  console.log(
    Object.entries(options)
      .map(([name, value]) => `--${name} ${value}`)
      .join(' '),
  )
  for (const [outcome, kinds] of [...tally.outcomes].sort()) {
    const sum = [...kinds.values()].reduce((one, other) => one + other, 0)
    const parts = [...kinds].sort().map(([kind, count]) => `${kind} ${count}`)
    console.log(`${String(sum).padStart(6)}  ${outcome.padEnd(48)}  ${parts.join(', ')}`)
  }
  const wrong = [...tally.problems, ...[...unhandled, ...stubErrors].map(String)]
  line('turns', `${tally.turns} in ${(elapsedMs / 1_000).toFixed(1)} s`)
  line('kills', kills)
  line('lost', tally.lost)
  line('wrong', wrong.length)
  line('leaked', `${leaked.length}${leaked.length ? ` (${leaked.join(', ')})` : ''}`)
  line('RSS', `${memoryBefore.rss} MiB at the start, ${memoryAfter.rss} MiB at the end`)
  line('heap', `${memoryBefore.heap} MiB at the start, ${memoryAfter.heap} MiB at the end`)
  for (const one of wrong.slice(0, MOST_SHOWN)) console.log(`  ${one}`)
  return tally.lost + wrong.length + leaked.length === 0 ? 0 : 1
}

function line(name: string, value: string | number): void {
  console.log(`${name.padEnd(8)}${value}`)
}
