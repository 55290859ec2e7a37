import type { Codex } from '../../client/index.js'
import { classifyFailure, createFailure } from '../../failures/index.js'
import type { Received } from '../../protocol/index.js'
import type { CloseReason } from '../../rpc/transport.js'
import { deferred } from '../../util/deferred.js'
import type { Settlement } from './settlement.js'

/** A turn that an earlier program has started. */
export interface LeftTurn {
  readonly threadId: string
  /** Id by which Codex knows it, when the earlier program had been told. */
  readonly turnId?: string | undefined
  /** Whether its server ended with that program: an interrupted turn was then cut off. */
  readonly isServerGone: boolean
  /** Key of its record, which Codex got as `clientUserMessageId`. */
  readonly id: string
}

/** What an earlier program left, as the thread tells it. */
export type LeftState =
  | { readonly state: 'over'; readonly settlement: Settlement }
  /** It goes on; `settlement` resolves with its end and never rejects. */
  | { readonly state: 'running'; readonly turnId: string; readonly settlement: Promise<Settlement> }

const MAX_TURNS_LOOKED_AT = 20

/**
 * Finds out what became of a turn that an earlier program has started, and waits for its end when it still runs.
 * The thread must have been resumed over the client. Rejects only when the connection ends before that is known.
 */
export async function followLeftTurn(client: Codex, left: LeftTurn): Promise<LeftState> {
  const { threadId } = left
  const ended = deferred<Settlement>()
  const seen = new Map<string, Received.Turn>()
  let turnId: string | undefined
  const onEnd = (turn: Received.Turn) => {
    seen.set(turn.id, turn)
    if (turn.id === turnId) ended.resolve(settlementOfTurn(turn, left))
  }
  const removers = [
    client.on('notification', ({ method, params }) => {
      if (method === 'turn/completed' && params.threadId === threadId) onEnd(params.turn)
    }),
    client.on('closed', (reason) => ended.resolve(cutOff(reason))),
    // What ended while the connection was gone is told by nobody.
    client.on('connection.restored', () => {
      findTurn(client, { ...left, turnId })
        .then((turn) => turn && turn.status !== 'inProgress' && onEnd(turn))
        // Lost again: the next restoring, or the end, follows.
        .catch(() => {})
    }),
  ]
  const leave = () => {
    for (const remove of removers) remove()
  }
  void ended.promise.then(leave)
  try {
    const turn = await findTurn(client, left)
    if (turn === undefined) {
      leave()
      return { state: 'over', settlement: hostEnded(left.turnId) }
    }
    if (turn.status !== 'inProgress') {
      leave()
      return { state: 'over', settlement: settlementOfTurn(turn, left) }
    }
    turnId = turn.id
    const early = seen.get(turnId)
    if (early) ended.resolve(settlementOfTurn(early, left))
    return { state: 'running', turnId, settlement: ended.promise }
  } catch (error) {
    leave()
    throw error
  }
}

/** The settlement of a turn of which nothing is known but that its program has ended. */
export function hostEnded(turnId?: string): Settlement {
  const failure = createFailure(
    'transport-closed-before-turn-completed',
    'The program that had started the turn ended before it',
    { phase: 'turn', sideEffectsPossible: true },
  )
  return { status: 'failed', turnId, failure }
}

async function findTurn(
  client: Codex,
  { threadId, turnId, id }: Omit<LeftTurn, 'isServerGone'>,
): Promise<Received.Turn | undefined> {
  const { data } = await client.request('thread/turns/list', {
    threadId,
    limit: MAX_TURNS_LOOKED_AT,
    itemsView: 'full',
  })
  return data.find((turn) => (turnId === undefined ? wasStartedBy(turn, id) : turn.id === turnId))
}

function wasStartedBy(turn: Received.Turn, id: string): boolean {
  return turn.items.some((item) => item.type === 'userMessage' && item.clientId === id)
}

function settlementOfTurn(turn: Received.Turn, { isServerGone }: LeftTurn): Settlement {
  const { id: turnId, status, error, items } = turn
  if (status === 'completed') {
    const text = items.findLast((item) => item.type === 'agentMessage')
    return { status: 'completed', turnId, text: text?.type === 'agentMessage' ? text.text : undefined }
  }
  if (status === 'failed' && error) {
    return { status: 'failed', turnId, failure: classifyFailure(error, { phase: 'turn' }) }
  }
  if (status === 'interrupted' && !isServerGone) {
    return {
      status: 'interrupted',
      turnId,
      failure: classifyFailure(turn, { phase: 'turn', sideEffectsPossible: true }),
    }
  }
  // Codex calls interrupted what was cut off when its server ended.
  return hostEnded(turnId)
}

function cutOff(reason: CloseReason): Settlement {
  const failure = classifyFailure(reason, { phase: 'turn', sideEffectsPossible: true })
  return { status: 'failed', failure }
}
