import { expect } from 'vitest'
import { Codex, type Thread, type TurnEvent } from '../../src/client/index.js'
import { classifyFailure } from '../../src/failures/index.js'
import { type Transport, TransportClosedError } from '../../src/rpc/index.js'
import { faultyTransport } from '../../src/testing/index.js'
import { readAll } from '../client/support.js'
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

const PATIENCE = { handshakeTimeoutMs: 2_000, requestTimeoutMs: 2_000, interruptTimeoutMs: 500 }

/** Drives a client into a fault and out of it again: connect, start a thread, run a turn, close. */
export async function runCell(links: Links, kind: TransportName, given: FaultCase): Promise<Observed> {
  const fault = { ...given, ...given.instead?.[kind] }
  const link = links.open(fault.server ?? {})
  const heirs: number[] = []
  const transport = faultyTransport(link.transport, fault.faults?.())
  let codex: Codex | undefined
  try {
    codex = await Codex.connect(transport, { ...PATIENCE, ...fault.options })
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
  if (fault.readsLate) await turn.result
  const events = fault.onEvent
    ? await readWith({ codex, turn, controller }, fault.onEvent)
    : await readAll(turn)
  const result = await turn.result
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

async function readWith(running: Running, onEvent: NonNullable<FaultCase['onEvent']>): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  for await (const event of running.turn) {
    events.push(event)
    onEvent(event, running)
  }
  return events
}

async function nextTurn(thread: Thread): Promise<Pick<Outcome, 'status' | 'text'>> {
  const { status, text } = await thread.stream('again').result
  return { status, text }
}
