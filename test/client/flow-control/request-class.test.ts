import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { classOf } from '../../../src/client/flow-control/request-class.js'

const manifest = JSON.parse(
  readFileSync(new URL('../../../protocol-manifest.json', import.meta.url), 'utf8'),
) as { readonly clientRequests: Readonly<Record<string, unknown>> }
const methods = Object.keys(manifest.clientRequests)

// Held against the protocol: a method that a newer Codex renames would silently become ordinary.
it.each([
  [
    'urgent',
    [
      'account/gatewayOAuth/cancel',
      'account/login/cancel',
      'command/exec/terminate',
      'initialize',
      'process/kill',
      'thread/backgroundTerminals/terminate',
      'thread/realtime/stop',
      'thread/sample/cancel',
      'turn/interrupt',
      'userVerification/cancel',
    ],
  ],
  ['thread', ['thread/fork', 'thread/resume', 'thread/start']],
  [
    'lasting',
    [
      'account/gatewayOAuth/login',
      'command/exec',
      'mcpServer/tool/call',
      'thread/sample',
      'userVerification/enroll',
      'userVerification/verify',
    ],
  ],
])('the %s methods of the protocol are known', (name, expected) => {
  expect(methods.filter((method) => classOf(method) === name).sort()).toEqual(expected)
})

it.each(['model/list', 'no/such', 'toString', '__proto__', ''])('%j is ordinary', (method) => {
  expect(classOf(method)).toBe('ordinary')
})
