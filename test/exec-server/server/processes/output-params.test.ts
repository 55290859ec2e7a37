import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputParams } from '../../../../src/exec-server/server/processes/output-params.js'
import { encodeMessage } from '../../../../src/rpc/messages.js'

// The same cases in every run: what fails can be repeated.
fc.configureGlobal({ seed: 20_261_121 })

const streams = fc.constantFrom('stdout' as const, 'stderr' as const, 'pty' as const)
const ids = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '"', '\\', '\ud800', '\u2028'))

test('output that writes itself is read as JSON.stringify would have written it', () => {
  fc.assert(
    fc.property(ids, fc.integer({ min: 1 }), streams, fc.uint8Array(), (id, seq, stream, bytes) => {
      const params = new OutputParams(id, seq, stream, Buffer.from(bytes))
      const plain = { method: 'process/output', params: { ...params } }

      expect(encodeMessage({ method: 'process/output', params })).toBe(encodeMessage(plain))
      expect(Buffer.from(params.chunk, 'base64')).toEqual(Buffer.from(bytes))
    }),
  )
})
