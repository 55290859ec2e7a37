import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { connectDouble, settle, THREAD } from './support.js'

it('one signal can stop many turns and requests at once, over one listener', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const { codex, server } = await connectDouble({ interruptTimeoutMs: 1 })
  server.handle('thread/resume', ({ threadId }) => ({ thread: { id: threadId } }))
  const threads = await Promise.all(
    Array.from({ length: 30 }, (_, i) => codex.resumeThread(`${THREAD}-${i}`)),
  )
  const turns = threads.map((thread) => thread.stream('hi', { signal }))
  await settle()
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  controller.abort()
  const results = await Promise.all(turns.map((turn) => turn.result))
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['interrupted']))
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  await codex.close()
})
