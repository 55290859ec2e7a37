import { describe, expect, it, vi } from 'vitest'
import { TURN_KINDS, type TurnKind } from '../../scripts/soak/model.js'
import { readOptions } from '../../scripts/soak/options.js'
import { pick, randomFrom } from '../../scripts/soak/random.js'
import { report } from '../../scripts/soak/report.js'
import { leakedSince, resources } from '../../scripts/soak/resources.js'
import { type Settled, Tally } from '../../scripts/soak/tally.js'
import type { TurnResult } from '../../src/client/index.js'
import { classifyFailure } from '../../src/failures/index.js'
import { ConnectionClosedError } from '../../src/rpc/index.js'

const KILLED = new ConnectionClosedError({ kind: 'remote', message: 'killed', signal: 'SIGKILL' })

function settled(kind: TurnKind, more: Partial<Settled> & { readonly cause?: unknown } = {}): Settled {
  const { cause, ...rest } = more
  const failure = cause === undefined ? {} : { failure: classifyFailure(cause) }
  const status = cause === undefined ? 'completed' : 'failed'
  const result = { status, text: '', items: [], ...failure } as unknown as TurnResult
  return { kind, name: '1-1', result, isKilled: false, problem: undefined, ...rest }
}

/** What a soak with these turns and leaks exits with. */
function exitCode(turns: readonly Settled[], leaked: readonly string[] = []): number {
  const log = vi.spyOn(console, 'log').mockReturnValue()
  try {
    const tally = new Tally()
    for (const turn of turns) tally.add(turn)
    const memory = { rss: 1, heap: 1 }
    const rest = { unhandled: [], stubErrors: [], elapsedMs: 1, memoryBefore: memory, memoryAfter: memory }
    return report({ options: readOptions([]), tally, kills: 0, leaked, ...rest })
  } finally {
    log.mockRestore()
  }
}

describe('a soak', () => {
  it.each<[string, number, Settled[]]>([
    [
      'turns that end as they should',
      0,
      [settled('plain'), settled('kill', { cause: KILLED, isKilled: true })],
    ],
    ['a turn that a kill took along', 0, [settled('plain', { cause: KILLED, isKilled: true })]],
    ['a turn that lost a connection which nobody cut', 1, [settled('plain', { cause: KILLED })]],
    ['a turn that never settled', 1, [settled('plain', { result: undefined })]],
    [
      'a turn that failed otherwise while the server was killed',
      1,
      [settled('plain', { cause: new Error('x'), isKilled: true })],
    ],
    ['a turn that should have been interrupted', 1, [settled('abort')]],
    ['a turn with the answer to another', 1, [settled('plain', { problem: 'it says "x"' })]],
  ])('with %s exits with %i', (_what, code, turns) => {
    expect(exitCode(turns)).toBe(code)
  })

  it('exits with 1 when something leaks, and sees timers and listeners that do', async () => {
    expect(exitCode([], ['Timeout'])).toBe(1)
    const before = resources()
    const { signal } = new AbortController()
    expect(await leakedSince(before, signal)).toEqual([])
    const timer = setTimeout(() => {}, 60_000)
    signal.addEventListener('abort', () => {})
    expect(await leakedSince(before, signal)).toEqual(['Timeout', 'abort listener'])
    clearTimeout(timer)
  })

  it('chooses the same turns again from the same seed, and all kinds of them', () => {
    const kinds = (seed: number) => {
      const random = randomFrom(seed)
      return Array.from({ length: 2_000 }, () => pick(TURN_KINDS, random))
    }
    expect(kinds(7)).toEqual(kinds(7))
    expect(kinds(7)).not.toEqual(kinds(8))
    expect(new Set(kinds(7))).toEqual(new Set(Object.keys(TURN_KINDS)))
  })

  it('takes whole numbers above 0 as its options, and no others', () => {
    expect(readOptions(['--turns', '5', '--seed', '3'])).toMatchObject({ turns: 5, seed: 3, threads: 16 })
    for (const args of [['--turns', '0'], ['--seed', 'x'], ['--threads', '1.5'], ['--other', '1'], ['5']]) {
      expect(() => readOptions(args)).toThrow()
    }
  })
})
