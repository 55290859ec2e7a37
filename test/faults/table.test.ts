import { expect, it } from 'vitest'
import { CASES } from './cases/index.js'
import { TRANSPORTS } from './link.js'
import { expectedOn } from './matrix.js'

it('every fault is tested over every transport, or the table says why it cannot be', () => {
  const missing = CASES.flatMap(({ name, but }) =>
    TRANSPORTS.flatMap((kind) => {
      const one = but?.[kind]
      return one && 'none' in one ? [`${kind}: ${name}: ${one.none}`] : []
    }),
  )
  expect(missing).toMatchInlineSnapshot(`
    [
      "memory: the server exits while another process keeps its output open: there is no process whose output another could inherit",
      "ws: the server exits while another process keeps its output open: a connection that outlives its server is half-open: that fault is in this table",
      "unix: the server exits while another process keeps its output open: a connection that outlives its server is half-open: that fault is in this table",
    ]
  `)
})

it('every fault has a name of its own, and an outcome that says more than "it ended"', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
  for (const kind of TRANSPORTS) {
    for (const fault of CASES) {
      const expected = expectedOn(kind, fault)
      if (expected?.status === 'completed') expect(expected.text).not.toBe('')
      else if (expected) expect(expected.kind).toBeDefined()
    }
  }
})
