import { expect, it } from 'vitest'
import { QueuedInput } from '../../../src/exec-server/server/queued-input.js'
import { deferred } from '../../../src/util/deferred.js'

const REFUSED = 'too much input waits for processes to read it: the limit is 10 bytes'
const never = () => Promise.reject(new Error('a refused write was done'))

it('writes behind a refused one are refused until the process has read, so that none comes before it', async () => {
  const input = new QueuedInput(10)
  const [one, other] = [{}, {}]
  const [first, second] = [deferred<void>(), deferred<void>()]
  const writes = [input.write(one, 4, () => first.promise), input.write(one, 4, () => second.promise)]
  await expect(input.write(one, 3, never)).rejects.toMatchObject({ rpcCode: -32600, message: REFUSED })
  await expect(input.write(one, 1, never)).rejects.toThrow(REFUSED)
  await input.write(other, 2, async () => {})
  first.resolve()
  await writes[0]
  await expect(input.write(one, 1, never)).rejects.toThrow(REFUSED)
  second.resolve()
  await writes[1]
  await input.write(one, 3, async () => {})
})

it('a write that fails waits no longer', async () => {
  const input = new QueuedInput(10)
  const fail = () => Promise.reject(new Error('broken'))
  await expect(input.write({}, 10, fail)).rejects.toThrow('broken')
  await input.write({}, 10, async () => {})
})
