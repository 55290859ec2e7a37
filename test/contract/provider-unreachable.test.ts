import { expect, it } from 'vitest'
import { startBench } from './client-support.js'

// Codex's own default: off, a refused connection fails the turn at once, which the stub's homes prefer.
const features = { unbounded_connection_retries: true }

it('a provider that refuses connections fails the turn within a deadline and interrupts it', async () => {
  await using bench = await startBench({ providerTimeoutMs: 300 }, { features })
  await bench.stub.close()
  const thread = await bench.codex.startThread()
  const turn = thread.stream('hi')
  const retries: string[] = []
  for await (const event of turn) if (event.type === 'turn.retrying') retries.push(event.message)
  expect(await turn.result).toMatchObject({
    status: 'interrupted',
    failure: { kind: 'provider-unavailable', retryable: true, retrySafety: 'indeterminate' },
  })
  expect(retries[0]).toMatch(/^Reconnecting\.\.\./)
  const { thread: read } = await bench.codex.request('thread/read', { threadId: thread.id })
  expect(read.status).toMatchObject({ type: 'idle' })
})
