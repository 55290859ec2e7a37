import { setImmediate } from 'node:timers/promises'
import pTimeout from 'p-timeout'
import type { Codex, Thread, Turn, TurnEvent, TurnResult } from '../../src/client/index.js'
import { RpcError } from '../../src/rpc/index.js'
import { answerTo, promptOf, TURN_KINDS, type TurnKind } from './model.js'
import { pick } from './random.js'
import type { SoakServer } from './server.js'
import type { Tally } from './tally.js'

/** A turn that has not settled by then, in milliseconds, is lost. */
const LOST_AFTER_MS = 60_000

/** What the loops of all threads share. */
export interface Soak {
  readonly server: SoakServer
  readonly tally: Tally
  /** Given to every turn and never aborted: whatever listens to it at the end is a leak. */
  readonly signal: AbortSignal
  /** Whether no further turn is to begin. */
  isOver(): boolean
}

/** Runs turns in one thread, one after the other, through every kill of the server. */
export class ThreadLoop {
  readonly #soak: Soak
  readonly #name: string
  readonly #random: () => number
  #codex: Codex | undefined
  #thread: Thread | undefined

  constructor(soak: Soak, name: string, random: () => number) {
    this.#soak = soak
    this.#name = name
    this.#random = random
  }

  /** Runs that many turns, fewer when the time is over. */
  async run(turns: number): Promise<void> {
    for (let n = 1; n <= turns && !this.#soak.isOver(); n += 1) {
      const kind = pick(TURN_KINDS, this.#random)
      const { codex, thread } = await this.#enter()
      await this.#runTurn(codex, thread, kind, `${this.#name}-${n}`)
    }
  }

  /** The thread on the server that runs now. */
  async #enter(): Promise<{ readonly codex: Codex; readonly thread: Thread }> {
    for (;;) {
      const codex = await this.#soak.server.codex()
      if (this.#thread && this.#codex === codex) return { codex, thread: this.#thread }
      try {
        this.#thread = await this.#soak.server.thread(this.#thread?.id)
        this.#codex = codex
      } catch (error) {
        // A thread of which nothing was stored before the kill cannot be resumed.
        if (error instanceof RpcError && error.message.includes('no rollout found')) this.#thread = undefined
        else if ((await this.#soak.server.codex()) === codex) throw error
      }
    }
  }

  async #runTurn(codex: Codex, thread: Thread, kind: TurnKind, name: string): Promise<void> {
    const { server, tally } = this.#soak
    const controller = new AbortController()
    const isAborted = kind === 'abort' || kind === 'abortEarly'
    const signal = isAborted ? controller.signal : this.#soak.signal
    const turn = thread.stream(promptOf(kind, name), { signal })
    const disturb = () => {
      if (isAborted) controller.abort()
      else if (kind === 'interrupt') void turn.interrupt()
      else if (kind === 'kill') void server.kill(codex)
    }
    if (kind === 'abortEarly') void this.#early(disturb)
    const read = readTurn(turn, disturb)
    const result = await pTimeout(turn.result, { milliseconds: LOST_AFTER_MS, fallback: () => undefined })
    const last = result && (await read).at(-1)
    const isKilled = (await server.codex()) !== codex
    tally.add({ kind, name, result, isKilled, problem: result && problemOf(kind, name, result, last) })
    // What a lost turn still does must not reach the next one.
    if (!result) this.#thread = undefined
  }

  /** Now, or a little later: before or after the answer to the start. */
  async #early(disturb: () => void): Promise<void> {
    const turns = Math.floor(this.#random() * 8)
    for (let n = 0; n < turns; n += 1) await setImmediate()
    disturb()
  }
}

async function readTurn(turn: Turn, disturb: () => void): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  for await (const event of turn) {
    if (event.type === 'message.delta' && !events.some(({ type }) => type === 'message.delta')) disturb()
    events.push(event)
  }
  return events
}

/** What is wrong with a turn, whatever its outcome. */
function problemOf(
  kind: TurnKind,
  name: string,
  { status, text, items }: TurnResult,
  last: TurnEvent | undefined,
): string | undefined {
  if (last?.type !== 'turn.completed' || last.status !== status) return 'its events end without its outcome'
  if (!answerTo(name).startsWith(text)) return `it says ${JSON.stringify(text)}`
  if (status !== 'completed') return undefined
  if (text !== answerTo(name)) return 'its answer is not whole'
  const command = items.find((item) => item.type === 'commandExecution')
  const ran = { accept: 'completed', decline: 'declined' }[kind as string]
  return ran === (command?.status as string | undefined) ? undefined : `its command is ${command?.status}`
}
