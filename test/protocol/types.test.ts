import { describe, expect, test } from 'vitest'
import { experimentalFields, experimentalMethods } from '../../src/protocol/index.js'
import { typeErrors } from './compile.js'

const control = `
import type { ClientRequests } from '../../src/protocol/index.js'
import type { Untyped } from './type-assertions.js'

type Broken = Omit<ClientRequests, 'model/list' | 'turn/start'> & {
  'model/list': { params: null; result: unknown }
  'turn/start': { params: null; result: any }
  'thread/new': { params: null }
}
const methods: Untyped<Broken, 'result'>[] = ['model/list', 'turn/start', 'thread/new']
const none: Untyped<Broken, 'result'> extends never ? true : false = true
export { methods, none }
`

describe('protocol types', () => {
  test('the promises of the protocol types hold, and a broken one is found', () => {
    const errors = typeErrors({ 'type-assertions.ts': undefined, 'control.ts': control })

    expect(errors.filter((error) => !error.startsWith('control.ts'))).toEqual([])
    expect(errors).toEqual([expect.stringMatching(/^control\.ts\(11\): Type 'true' is not assignable/)])
  })
})

describe('experimental lists', () => {
  test('75 requests need the experimental capability', () => {
    expect(experimentalMethods).toHaveLength(75)
    expect(experimentalMethods).toContain('thread/realtime/start')
    expect(experimentalMethods).not.toContain('turn/start')
  })

  test('fields are listed for methods that are not experimental themselves', () => {
    expect(experimentalFields['thread/start']).toContain('dynamicTools')
    expect(experimentalFields['thread/start']).not.toContain('cwd')
    expect(Object.keys(experimentalFields).filter((method) => experimentalMethods.includes(method))).toEqual(
      [],
    )
  })
})
