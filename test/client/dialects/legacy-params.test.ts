import { describe, expect, it } from 'vitest'
import { respellParams } from '../../../src/client/dialects/index.js'

const refusal =
  'Invalid request: unknown variant `untrusted`, expected one of `unlessTrusted`, `onFailure`, `onRequest`, `never`'

describe('respelling params for an older server', () => {
  it('changes every value that such a server spells otherwise, and nothing else', () => {
    const params = {
      approvalPolicy: 'untrusted',
      sandbox: 'workspace-write',
      cwd: '/repo',
      model: 'untrusted',
    }
    expect(respellParams(params, refusal)).toEqual({
      approvalPolicy: 'unlessTrusted',
      sandbox: 'workspaceWrite',
      cwd: '/repo',
      model: 'untrusted',
    })
  })

  it('leaves a request alone that was refused for another reason', () => {
    const params = { approvalPolicy: 'untrusted' }
    expect(respellParams(params, 'thread not found')).toBeUndefined()
    expect(respellParams({ approvalPolicy: 'never' }, refusal)).toBeUndefined()
    expect(respellParams({ approvalPolicy: 'nonsense' }, refusal)).toBeUndefined()
    expect(respellParams(undefined, refusal)).toBeUndefined()
    const newer = 'unknown variant `untrusted`, expected one of `on-request`, `never`'
    expect(respellParams(params, newer)).toBeUndefined()
  })
})
