import type { Received, Sent } from '../../protocol/index.js'
import type { Answerer, Core } from './core.js'
import { items } from './items.js'
import { MAX_INPUT_CHARS, refusal } from './refusals.js'
import { overrideSettings, updatedSettings } from './settings.js'
import type { FakeThread } from './thread.js'
import type { TurnInput } from './turn-input.js'
import { TurnRun } from './turn-run.js'
import { FakeTurn, type TurnScript } from './turn-script.js'

/** Starts a turn or, while one runs, gives it further input. */
export const start: Answerer<'turn/start'> = (params, { core, after }) => {
  const thread = core.threads.loaded(params.threadId)
  const input = readInput(params)
  const { running } = thread
  if (running) {
    if (input.content.length > 0) after(() => running.steer(input))
    return { turn: running.describe('inProgress') }
  }
  changeSettings(thread, params)
  const run = new TurnRun(core, thread)
  thread.running = run
  after(() => {
    run.begin(input.content.length > 0 ? input : undefined)
    void play(core, run)
  })
  return { turn: run.describe('inProgress') }
}

export const steer: Answerer<'turn/steer'> = (params, { core, after }) => {
  const { running } = core.threads.loaded(params.threadId)
  const input = readInput(params)
  if (!running) throw refusal.noTurnToSteer()
  if (params.expectedTurnId !== running.id) throw refusal.otherTurnToSteer(params.expectedTurnId, running.id)
  if (input.content.length === 0) throw refusal.emptyInput()
  after(() => running.steer(input))
  return { turnId: running.id }
}

export const interrupt: Answerer<'turn/interrupt'> = ({ threadId, turnId }, { core, answer }) => {
  const { running } = core.threads.loaded(threadId)
  // Without the id of a turn, Codex stops whatever runs, and nothing is fine too.
  if (!running) {
    if (turnId === '') return {}
    throw refusal.noTurnToInterrupt()
  }
  if (turnId !== '' && turnId !== running.id) throw refusal.otherTurnToInterrupt(turnId, running.id)
  running.interrupt(() => answer({}))
  return {}
}

/** Compacts the history, in a turn of its own. */
export const compact: Answerer<'thread/compact/start'> = ({ threadId }, { core, after }) => {
  const thread = core.threads.loaded(threadId)
  thread.running?.interrupt()
  const run = new TurnRun(core, thread)
  thread.running = run
  after(() => {
    run.begin(undefined)
    const item = items.compaction(core.ids.uuid())
    run.open(item)(item)
    run.complete()
  })
  return {}
}

async function play(core: Core, run: TurnRun): Promise<void> {
  const turn = new FakeTurn(run, core.execRules)
  try {
    await (core.rules.take(turn) ?? unscripted)(turn)
  } catch (error) {
    run.scriptFailed(error)
  }
  await run.settled()
  run.readRest()
  run.complete()
}

/** What a turn does that no script answers. */
const unscripted: TurnScript = (turn) => turn.say('ok')

function changeSettings(thread: FakeThread, params: Sent.TurnStartParams): void {
  const settings = overrideSettings(params, thread.settings)
  const isSame = JSON.stringify(settings) === JSON.stringify(thread.settings)
  thread.settings = settings
  if (isSame) return
  thread.notify('thread/settings/updated', {
    threadId: thread.id,
    threadSettings: updatedSettings(settings),
  })
}

function readInput(params: Sent.TurnStartParams | Sent.TurnSteerParams): TurnInput {
  const chars = params.input.reduce(
    (sum, part) => sum + (part.type === 'text' ? [...part.text].length : 0),
    0,
  )
  if (chars > MAX_INPUT_CHARS) throw refusal.inputTooLarge(chars)
  const content = params.input.map((part) =>
    part.type === 'text' ? { text_elements: [], ...part } : part,
  ) as Received.UserInput[]
  return { content, clientId: params.clientUserMessageId ?? null }
}
