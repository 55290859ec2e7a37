import {
  boundsOf,
  newSettlement,
  next,
  type SettlementEffect,
  type SettlementInput,
  type SettlementState,
} from '../../../src/client/settlement/index.js'
import { RpcError } from '../../../src/rpc/errors.js'
import type { CloseReason } from '../../../src/rpc/transport.js'

export const GONE: CloseReason = { kind: 'remote', message: 'it went away' }
export const WANTED = new Error('enough')
export const BOUNDS = boundsOf({ startTimeoutMs: 60_000, interruptTimeoutMs: 8_000 })

/** A turn after some inputs. What is to be adopted has been taken at once, as nothing was held. */
export function after(...inputs: readonly SettlementInput[]): SettlementState {
  let state = newSettlement(BOUNDS)
  for (const input of inputs) state = next(state, input).state
  return state
}

export const begin: SettlementInput = { type: 'begin' }
export const written: SettlementInput = { type: 'startWritten' }
export const REFUSAL = new RpcError(-32001, 'Server overloaded; retry later.')
export const overloaded: SettlementInput = { type: 'startOverloaded', refusal: REFUSAL }
export const started: SettlementInput = { type: 'started', turnId: 't' }
export const caughtUp: SettlementInput = { type: 'caughtUp' }
export const stop: SettlementInput = { type: 'stopRequested', cause: WANTED }
export const lost: SettlementInput = { type: 'connectionLost', reason: GONE }
export const restored: SettlementInput = { type: 'connectionRestored' }
export const closed: SettlementInput = { type: 'connectionClosed', reason: GONE }
export const idle: SettlementInput = { type: 'threadIdle' }
export const interruptFailed: SettlementInput = { type: 'interruptFailed' }
export const turnEvent: SettlementInput = { type: 'turnEvent' }
export const messageLost: SettlementInput = { type: 'messageLost' }

export const seen = (turnId: string | undefined): SettlementInput => ({ type: 'turnSeen', turnId })
export const timeout = (timer: 'start' | 'interrupt' | 'interruptRetry' | 'look'): SettlementInput => ({
  type: 'timeout',
  timer,
})
export const silent = (cause?: Error): SettlementInput => ({ type: 'silent', cause })
export const read = (id: number, status?: string): SettlementInput => ({
  type: 'turnRead',
  id,
  turn: status === undefined ? undefined : { status },
})
export const readFailed = (id: number, error: unknown): SettlementInput => ({ type: 'readFailed', id, error })
export const ended = (turn: unknown): SettlementInput => ({
  type: 'ended',
  turn,
  raw: { method: 'turn/completed', params: { threadId: 'x', turn } } as never,
})

/** A turn that runs. */
export const running = [begin, written, started, caughtUp] as const

/** An effect in a few words, as the tables write it. */
export function brief(effect: SettlementEffect): string {
  switch (effect.type) {
    case 'armTimer':
      return `arm ${effect.timer} ${effect.ms}`
    case 'clearTimer':
      return `clear ${effect.timer}`
    case 'readTurn':
      return `readTurn ${effect.turnId} ${effect.id}`
    case 'settle': {
      const { status, cause, isConfirmed } = effect.outcome
      const code = (cause as { code?: string } | undefined)?.code ?? (cause as Error | undefined)?.message
      return ['settle', status, code, isConfirmed ? 'as told' : undefined].filter(Boolean).join(' ')
    }
    default:
      return 'turnId' in effect ? `${effect.type} ${effect.turnId}` : effect.type
  }
}

/** What follows from an input in the state after others. */
export function effectsOf(inputs: readonly SettlementInput[], input: SettlementInput): string[] {
  return next(after(...inputs), input).effects.map(brief)
}
