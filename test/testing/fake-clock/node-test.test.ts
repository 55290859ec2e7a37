import { mock } from 'node:test'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { settle } from '../../client/support.js'
import { failOnUnhandled } from '../../rpc/helpers.js'
import { SCENARIOS } from './scenarios.js'

// One tick calls everything due and only then lets promises settle, unlike the clock of vitest.
const advance = async (ms: number) => {
  await settle()
  mock.timers.tick(ms)
  await settle()
}

describe('the mock timers of node:test drive', () => {
  beforeEach(() => {
    failOnUnhandled()
    mock.timers.enable({ apis: ['setTimeout'] })
  })

  afterEach(() => {
    mock.timers.reset()
  })

  it.each(SCENARIOS)('%s', (_name, play) => play(advance))
})
