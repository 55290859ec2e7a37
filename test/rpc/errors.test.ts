import { describe, expect, test } from 'vitest'
import * as rpc from '../../src/rpc/index.js'

const REASON: rpc.CloseReason = { kind: 'error', message: 'it broke', cause: new Error('why') }

test('every error is a ConduitError with its own code and name', () => {
  const errors = [
    new rpc.RpcError(1, 'x'),
    new rpc.ConnectionClosedError(REASON),
    new rpc.TransportClosedError(),
    new rpc.RequestTimeoutError('m', 5),
    new rpc.MessageEncodeError('x'),
    new rpc.MessageParseError(5, ''),
    new rpc.NoiseLineError(5, ''),
    new rpc.OversizeMessageError(5, 4),
    new rpc.ProtocolViolationError('x'),
  ]
  for (const error of errors) {
    expect(error).toBeInstanceOf(rpc.ConduitError)
    expect(error.name).toBe(error.constructor.name)
  }
  expect(new Set(errors.map(({ code }) => code)).size).toBe(errors.length)
})

test('the messages say what happened', () => {
  expect(new rpc.ConnectionClosedError(REASON).message).toBe('connection closed: it broke')
  expect(new rpc.ConnectionClosedError(REASON, { method: 'm' })).toMatchObject({
    message: 'm: connection closed: it broke',
    cause: REASON.cause,
    reason: REASON,
  })
  expect(new rpc.RequestTimeoutError('m', 5).message).toBe('m: no answer within 5 ms')
  expect(new rpc.MessageParseError(5, '').message).toBe('a message of 5 bytes is not valid JSON')
  expect(new rpc.MessageParseError(5, '{x').message).toBe('a message of 5 bytes is not valid JSON: {x')
  expect(new rpc.NoiseLineError(5, 'hi').message).toBe('skipped a line of 5 bytes that is not a message: hi')
  expect(new rpc.OversizeMessageError(5, 4, { responseId: 'a' })).toMatchObject({
    bytes: 5,
    maxBytes: 4,
    responseId: 'a',
  })
})

describe('RpcError', () => {
  test('its statics carry the numbers of the specification', () => {
    expect(
      [
        rpc.RpcError.invalidRequest(),
        rpc.RpcError.methodNotFound('m'),
        rpc.RpcError.invalidParams('x'),
        rpc.RpcError.internal(),
      ].map(({ rpcCode }) => rpcCode),
    ).toEqual([-32600, -32601, -32602, -32603])
    expect(rpc.RPC_ERROR_NUMBERS.parseError).toBe(-32700)
  })

  test('its wire form has data only when there is some', () => {
    expect(new rpc.RpcError(1, 'x').toWire()).toEqual({ code: 1, message: 'x' })
    expect(new rpc.RpcError(1, 'x', { data: null }).toWire()).toEqual({ code: 1, message: 'x', data: null })
  })

  test('it keeps its cause to itself', () => {
    const error = rpc.RpcError.internal('failed', { cause: new Error('secret') })
    expect(error.cause).toMatchObject({ message: 'secret' })
    expect(JSON.stringify(error.toWire())).not.toContain('secret')
  })
})
