import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { macrotask } from '../rpc/helpers.js'
import { CASES } from './cases/index.js'
import type { FaultCase, Outcome } from './fault-case.js'
import type { Links, TransportName } from './link.js'
import { startLinks } from './links.js'
import { runCell } from './run-cell.js'

/** What is expected on one transport; `undefined` where the fault has no counterpart. */
export function expectedOn(kind: TransportName, fault: FaultCase): Outcome | undefined {
  const but = fault.but?.[kind]
  if (but && 'none' in but) return undefined
  return { ...fault.outcome, ...but }
}

/** Tests every fault over one transport, and that nothing is left behind by all of them together. */
export function testMatrix(kind: TransportName): void {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  let links: Links
  let folder: string
  let before: string[]

  beforeAll(async () => {
    process.on('unhandledRejection', note)
    folder = await mkdtemp(join(tmpdir(), 'faults-'))
    before = resources()
    links = await startLinks(kind, folder)
  })
  afterAll(async () => {
    process.off('unhandledRejection', note)
    await rm(folder, { recursive: true, force: true })
  })

  const cells = CASES.flatMap((fault) => {
    const expected = expectedOn(kind, fault)
    return expected ? [[fault.name, fault, expected] as const] : []
  })

  describe(`a turn over ${kind}`, () => {
    it.concurrent.each(cells)('has one outcome: %s', async (_name, fault, expected) => {
      const observed = await runCell(links, kind, { ...fault, outcome: expected })
      expect(observed.outcome).toMatchObject(expected)
      if (expected.at === 'connect') return
      expect(observed.outcome.closed).toMatchObject(expected.closed ?? { kind: 'local' })
      if (expected.at === 'thread') return
      expect(observed.settled).toBe(1)
      expect(observed.ends).toHaveLength(1)
      expect(observed.lastEvent).toMatchObject({ type: 'turn.completed', status: expected.status })
      if (!expected.closed && !fault.isLastTurn) {
        expect(observed.next).toEqual({ status: 'completed', text: 'half and half' })
      }
    })
  })

  it(`leaves nothing behind over ${kind}: no handle, timer, process or unhandled rejection`, async () => {
    await links[Symbol.asyncDispose]()
    // Handles of what is gone are closed in a later turn of the event loop.
    for (let turns = 0; turns < 1_000 && resources().length > before.length; turns += 1) await macrotask()
    expect(resources()).toEqual(before)
    expect(unhandled).toEqual([])
  })
}

/** What keeps this process alive, without what is over by itself in a moment. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => !/^(?:Immediate|FSReq)/.test(name))
    .sort()
}
