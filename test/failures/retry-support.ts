import { vi } from 'vitest'
import { RpcError } from '../../src/rpc/index.js'

/** A refusal that a repeat can mend. */
export const overloaded = (message = 'Server overloaded; retry later.') => new RpcError(-32001, message)

/** A clock that only sleeping moves, and the waits that were asked for. */
export function fakeTime() {
  const waits: number[] = []
  let time = 0
  return {
    waits,
    now: () => time,
    random: () => 0.5,
    sleep: async (ms: number) => {
      waits.push(ms)
      time += ms
    },
  }
}

/** Fails with each of the errors in turn, then succeeds. */
export function failing(...errors: unknown[]) {
  return vi.fn(async (attempt: number) => {
    if (attempt <= errors.length) throw errors[attempt - 1]
    return `attempt ${attempt}`
  })
}
