import { describe, expect, it } from 'vitest'
import { HandshakeGate } from '../../../src/exec-server/server/handshake-gate.js'

describe('the handshake', () => {
  it('lets nothing but initialize pass at first, and names what is missing', () => {
    const gate = new HandshakeGate()
    gate.checkInitialize()
    expect(() => gate.check('process/start')).toThrow('client must call initialize before using exec methods')
    expect(() => gate.check('fs/readFile')).toThrow('before using filesystem methods')
    expect(() => gate.check('http/request')).toThrow('before using http methods')
    expect(() => gate.check('environment/info')).toThrow('before using environment info methods')
    gate.initialized()
    expect(() => gate.check('environment/status')).toThrow(
      'client must send initialized before using environment status methods',
    )
    expect(() => gate.checkInitialize()).toThrow('initialize may only be sent once per connection')
    expect(gate.judge('initialized')).toBe('ready')
    gate.check('process/start')
  })

  it('ends the connection at a notification that is not known or comes too early', () => {
    const gate = new HandshakeGate()
    expect(gate.judge('initialized')).toBe('close')
    gate.initialized()
    expect(gate.judge('other')).toBe('close')
    expect(gate.judge('initialized')).toBe('ready')
    expect(gate.judge('initialized')).toBe('ignore')
    expect(gate.judge('other')).toBe('close')
  })

  it('may be tried again after an initialize that was refused', () => {
    const gate = new HandshakeGate()
    gate.checkInitialize()
    gate.checkInitialize()
    expect(gate.judge('initialized')).toBe('close')
  })
})
