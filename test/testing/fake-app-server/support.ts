import { Codex, type CodexOptions, type Thread, type TurnEvent } from '../../../src/client/index.js'
import {
  createFakeAppServer,
  type FakeAppServer,
  type FakeAppServerScript,
} from '../../../src/testing/index.js'

/** A client of a fake server, with a thread. */
export interface Bench extends AsyncDisposable {
  readonly fake: FakeAppServer
  readonly codex: Codex
  readonly thread: Thread
}

export async function startBench(script?: FakeAppServerScript, options: CodexOptions = {}): Promise<Bench> {
  const fake = createFakeAppServer(script)
  const codex = await Codex.connect(fake.connect(), options)
  const thread = await codex.startThread({ cwd: '/repo', sandbox: 'read-only' })
  return {
    fake,
    codex,
    thread,
    async [Symbol.asyncDispose]() {
      await codex.close()
      await fake.close()
    },
  }
}

/** Events of a turn until one of a type, the rest left to be read. */
export async function readUntil(
  events: AsyncIterator<TurnEvent, undefined>,
  type: TurnEvent['type'],
): Promise<TurnEvent> {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error(`the turn ended without ${type}`)
    if (value.type === type) return value
  }
}
