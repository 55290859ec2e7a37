import assert from 'node:assert/strict'
import { Codex, type Transport } from 'codex-conduit'
import { collect, readTranscript, record, replay } from 'codex-conduit/testing'

/** Once, against the real thing: wrap any transport. */
export async function recordGreeting(transport: Transport, path: string): Promise<void> {
  const recording = record(transport, path)
  const codex = await Codex.connect(recording)
  await (await codex.startThread()).run('Say hello')
  await codex.close()
  await recording.recorded
}

/** In a test: the same calls, the recorded answers. */
export async function testGreeting(path: string): Promise<void> {
  const replayed = replay(await readTranscript(path))
  const codex = await Codex.connect(replayed)
  const { result } = await collect((await codex.startThread()).stream('Say hello'))
  assert.equal(result.text, 'Hello')
  assert(replayed.done)
  await codex.close()
}
