import { expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Thread } from '../../src/client/index.js'
import { connectDouble } from './support.js'

it('gives the result of a turn its type', () => {
  const typed = (thread: Thread) => thread.run('x', { output: z.object({ n: z.number() }) })
  const plain = (thread: Thread) => thread.run('x')
  expectTypeOf<Awaited<ReturnType<typeof typed>>['output']>().toEqualTypeOf<{ n: number }>()
  expectTypeOf<Awaited<ReturnType<typeof plain>>['output']>().toEqualTypeOf<undefined>()
})

it('settles a turn once although the answer takes its time to be checked', async () => {
  let check = () => {}
  const checking = new Promise<void>((resolve) => {
    check = resolve
  })
  const schema = z.object({ a: z.string() }).refine(async () => {
    await checking
    return true
  })
  const { codex, server, thread } = await connectDouble()
  const turn = thread.stream('x', { output: schema })
  await server.call('turn/start')
  server.say('turn-1', '{"a":"b"}')
  server.complete('turn-1')
  await server.close()
  await codex.closed
  check()
  expect(await turn.result).toMatchObject({ status: 'completed', output: { a: 'b' } })
  await codex.close()
})
