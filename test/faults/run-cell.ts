import pTimeout from 'p-timeout'
import { expect } from 'vitest'
import { Codex, type Thread, type TurnEvent } from '../../src/client/index.js'
import { classifyFailure } from '../../src/failures/index.js'
import { type Transport, TransportClosedError } from '../../src/rpc/index.js'
import { faultyTransport } from '../../src/testing/index.js'
import { goneAfterKill } from '../process/helpers.js'
import type { FaultCase, Outcome, Running } from './fault-case.js'
import type { Links, TransportName } from './link.js'

/** What came of a cell, and everything that must hold whatever the fault is. */
export interface Observed {
  readonly outcome: Outcome
  /** The `turn.completed` events: the stream ends with the only one. */
  readonly ends: readonly TurnEvent[]
  readonly lastEvent: TurnEvent | undefined
  /** How often the outcome of the turn was told. */
  readonly settled: number
  /** The turn that followed on a connection that lives on. */
  readonly next: Pick<Outcome, 'status' | 'text'> | undefined
}

const NO_TURN = { ends: [], lastEvent: undefined, settled: 0, next: undefined } as const

/** The longest that a turn may take to settle, and its connection to end, whatever the fault. */
const BOUND_MS = 5_000

/** Drives a client into a fault and out of it again: connect, start a thread, run a turn, close. */
export async function runCell(links: Links, kind: TransportName, given: FaultCase): Promise<Observed> {
  const fault = { ...given, ...given.instead?.[kind] }
  const link = links.open(fault.server ?? {})
  const heirs: number[] = []
  const transport = faultyTransport(link.transport, fault.faults?.())
  let codex: Codex | undefined
  try {
    codex = await Codex.connect(transport, { interruptTimeoutMs: 500, ...fault.options })
    codex.on('notification', ({ method, params }: { method: string; params: unknown }) => {
      if (method === 'heir') heirs.push(params as number)
    })
    return await observe(codex, fault)
  } catch (error) {
    const { kind: failure, retrySafety: safety } = classifyFailure(error)
    if (!codex) expectClosed(transport)
    const outcome = { at: codex ? 'thread' : 'connect', status: 'failed', kind: failure, safety } as const
    return { ...NO_TURN, outcome: { ...outcome, ...(codex ? await endOf(codex, fault) : {}) } }
  } finally {
    await codex?.close()
    await link.gone()
    for (const pid of heirs) {
      process.kill(pid, 'SIGKILL')
      await goneAfterKill(pid)
    }
  }
}

async function observe(codex: Codex, fault: FaultCase): Promise<Observed> {
  const diagnostics: string[] = []
  codex.on('diagnostic', (error) => diagnostics.push('code' in error ? String(error.code) : error.name))
  const thread = await codex.startThread()
  const controller = new AbortController()
  const turn = thread.stream('hi', { signal: controller.signal, ...fault.turn })
  let settled = 0
  void turn.result.then(() => {
    settled += 1
  })
  const { events, result } = await pTimeout(readToEnd({ codex, turn, controller }, fault), {
    milliseconds: BOUND_MS,
    message: `the turn has not ended within ${BOUND_MS} ms`,
  })
  const told = [...diagnostics]
  const isOver = fault.isLastTurn || fault.outcome.closed !== undefined
  const next = isOver ? undefined : await nextTurn(thread)
  return {
    outcome: {
      at: 'turn',
      status: result.status,
      text: result.text,
      diagnostics: told,
      ...(result.failure ? { kind: result.failure.kind, safety: result.failure.retrySafety } : {}),
      ...(await endOf(codex, fault)),
    },
    ends: events.filter(({ type }) => type === 'turn.completed'),
    lastEvent: events.at(-1),
    settled,
    next,
  }
}

/** A client that could not be made must leave nothing open. */
function expectClosed(transport: Transport): void {
  expect(() => transport.send({ method: 'is-anybody-there' })).toThrow(TransportClosedError)
}

/** Why the connection ended: by itself, if it is expected to. */
async function endOf(codex: Codex, fault: FaultCase): Promise<Pick<Outcome, 'closed'>> {
  if (!fault.outcome.closed) await codex.close()
  return { closed: await codex.closed }
}

/** The events and the outcome of a turn, when its connection has ended too, if it is expected to. */
async function readToEnd(running: Running, { readsLate, onEvent, outcome }: FaultCase) {
  const { codex, turn } = running
  if (readsLate) await turn.result
  const events: TurnEvent[] = []
  for await (const event of turn) {
    events.push(event)
    onEvent?.(event, running)
  }
  const result = await turn.result
  if (outcome.closed) await codex.closed
  return { events, result }
}

async function nextTurn(thread: Thread): Promise<Pick<Outcome, 'status' | 'text'>> {
  const { status, text } = await thread.stream('again').result
  return { status, text }
}
