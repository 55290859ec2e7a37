import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { Heartbeat } from '../../src/transports/websocket/heartbeat.js'

beforeEach(() => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
})

/** A heartbeat every 100 ms, whose other side may take 50 ms to answer. */
function beat(times = { pingIntervalMs: 100, pongTimeoutMs: 50 }) {
  const socket = { received: 0, bufferedBytes: 0 }
  const ping = vi.fn()
  const onSilence = vi.fn()
  const heartbeat = new Heartbeat(socket, ping, times, onSilence)
  heartbeat.rest()
  return { socket, ping, onSilence, heartbeat }
}

test('pings again after each answer', () => {
  const { ping, onSilence, heartbeat } = beat()
  for (let count = 1; count <= 3; count += 1) {
    vi.advanceTimersByTime(100)
    expect(ping).toHaveBeenCalledTimes(count)
    heartbeat.rest()
  }
  expect(onSilence).not.toHaveBeenCalled()
  heartbeat.stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('notices silence once, and leaves no timer', () => {
  const { onSilence } = beat()
  vi.advanceTimersByTime(149)
  expect(onSilence).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  vi.runAllTimers()
  expect(onSilence).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('takes whatever arrives for a sign of life, until nothing does', () => {
  const { socket, ping, onSilence } = beat()
  vi.advanceTimersByTime(100)
  for (let count = 0; count < 5; count += 1) {
    socket.received += 1
    vi.advanceTimersByTime(50)
  }
  expect(onSilence).not.toHaveBeenCalled()
  vi.advanceTimersByTime(51)
  expect(onSilence).toHaveBeenCalledTimes(1)
  expect(ping).toHaveBeenCalledTimes(1)
})

test('takes what the other side still reads for a sign of life', () => {
  const { socket, onSilence } = beat()
  socket.bufferedBytes = 1_000
  vi.advanceTimersByTime(100)
  socket.bufferedBytes = 500
  vi.advanceTimersByTime(51)
  expect(onSilence).not.toHaveBeenCalled()
  vi.advanceTimersByTime(51)
  expect(onSilence).toHaveBeenCalledTimes(1)
})

test('hears the answer that was waiting while this process was busy', () => {
  const { socket, onSilence, heartbeat } = beat()
  vi.advanceTimersByTime(100)
  // The immediate of the deadline comes after what was waiting to be read.
  setImmediate(() => {
    socket.received += 1
    heartbeat.rest()
  })
  vi.advanceTimersByTime(60)
  expect(onSilence).not.toHaveBeenCalled()
})

test('never pings when it must not, and never judges without a deadline', () => {
  const silent = beat({ pingIntervalMs: Infinity, pongTimeoutMs: 50 })
  const patient = beat({ pingIntervalMs: 100, pongTimeoutMs: Infinity })
  vi.advanceTimersByTime(1_000_000)
  expect(silent.ping).not.toHaveBeenCalled()
  expect(patient.ping).toHaveBeenCalledTimes(1)
  expect(patient.onSilence).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
