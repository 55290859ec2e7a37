import { expect, it } from 'vitest'
import { doctor, formatHealth } from '../../src/supervisor/index.js'
import { startModelStub, stubCodexHome } from '../../src/testing/index.js'

it('finds the real Codex well, and runs a turn without asking any provider', async () => {
  await using stub = await startModelStub()
  await using home = await stubCodexHome(stub)
  const report = await doctor({ codexHome: home.path, turn: true })
  // Whether the machine has what a sandbox needs is not known here.
  const others = report.checks.filter(({ name }) => name !== 'sandbox' && name !== 'disk')
  expect(others.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'binary ok',
    'version ok',
    'home ok',
    'handshake ok',
    'turn ok',
  ])
  expect(formatHealth(report)).toMatch(/^ok {6}turn {7}A turn completed after \d+ ms/m)
  expect(stub.requests).toEqual([])
})
