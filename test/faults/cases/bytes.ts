import { fault } from '../../../src/testing/index.js'
import type { Step } from '../../fixtures/fault-server.mjs'
import type { FaultCase } from '../fault-case.js'
import { MAX_BYTES } from '../link.js'

const LOST = { kind: 'transport-closed-before-turn-completed', safety: 'indeterminate' } as const
const BEGUN: readonly Step[] = ['answer', 'started', 'item', 'delta']
const REST: readonly Step[] = ['more', 'said', 'idle', 'completed']
const COMPLETED = { at: 'turn', status: 'completed', text: 'half and half' } as const

const brokenPipe = () => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })

/** What goes wrong with the bytes and their streams. */
export const BYTE_FAULTS: readonly FaultCase[] = [
  {
    name: 'the server closes its output without exiting',
    server: { 'turn/start': [...BEGUN, 'eof'] },
    outcome: { at: 'turn', status: 'failed', ...LOST, text: 'half', closed: { kind: 'remote' } },
  },
  {
    name: 'the server exits while another process keeps its output open',
    server: { 'turn/start': [...BEGUN, 'heir'] },
    outcome: { at: 'turn', status: 'failed', ...LOST, text: 'half', closed: { kind: 'remote', exitCode: 0 } },
    but: {
      memory: { none: 'there is no process whose output another could inherit' },
      ws: { none: 'a connection that outlives its server is half-open: that fault is in this table' },
      unix: { none: 'a connection that outlives its server is half-open: that fault is in this table' },
    },
  },
  {
    name: 'a line that is no message',
    server: { 'turn/start': [...BEGUN, { text: 'Warning: 1 update is available' }, ...REST] },
    outcome: { ...COMPLETED, diagnostics: ['NOISE_LINE'] },
  },
  {
    name: 'a message that is no valid JSON',
    server: { 'turn/start': [...BEGUN, { text: '{"method":"item/started","params":{"thr' }, ...REST] },
    outcome: {
      at: 'turn',
      status: 'failed',
      kind: 'backend-json-parse-error',
      safety: 'indeterminate',
      text: 'half',
      closed: { kind: 'error' },
    },
  },
  {
    name: 'a notification that is too long',
    server: { 'turn/start': [...BEGUN, { long: 'more', bytes: MAX_BYTES }, 'said', 'idle', 'completed'] },
    outcome: { ...COMPLETED, diagnostics: ['MESSAGE_OVERSIZE'] },
    but: {
      // A WebSocket cannot skip a message: its length is refused before it is read.
      ws: tooLong('half'),
      unix: tooLong('half'),
    },
  },
  {
    name: 'an end of the turn that is too long',
    server: { 'turn/start': [...BEGUN, 'more', 'said', 'idle', { long: 'completed', bytes: MAX_BYTES }] },
    outcome: { ...COMPLETED, diagnostics: ['MESSAGE_OVERSIZE'] },
    but: { ws: tooLong('half and half'), unix: tooLong('half and half') },
  },
  {
    name: 'an answer that is too long',
    server: { 'turn/start': [{ long: 'answer', bytes: MAX_BYTES }] },
    outcome: {
      at: 'turn',
      status: 'failed',
      kind: 'backend-response-invalid',
      safety: 'indeterminate',
      text: '',
      diagnostics: ['MESSAGE_OVERSIZE'],
    },
    but: { ws: tooLong(''), unix: tooLong('') },
  },
  {
    name: 'a server that no longer reads what is written to it',
    server: { 'thread/start': ['deaf', { answer: { thread: { id: 'thread-1' } } }] },
    // Only a pipe tells the writer; a socket takes what it is given until the other side refuses it.
    instead: {
      memory: {
        server: {},
        faults: () => [fault.sent({ method: 'turn/start', nth: 1 }).throw(brokenPipe())],
      },
      ws: { server: {}, faults: () => [fault.sent({ method: 'turn/start', nth: 1 }).throw(brokenPipe())] },
      unix: { server: {}, faults: () => [fault.sent({ method: 'turn/start', nth: 1 }).throw(brokenPipe())] },
    },
    outcome: { at: 'turn', status: 'failed', ...LOST, text: '' },
    but: { stdio: { closed: { kind: 'error', cause: { code: 'EPIPE' } as unknown as Error } } },
  },
]

function tooLong(text: string) {
  return {
    status: 'failed',
    kind: 'backend-response-invalid',
    safety: 'indeterminate',
    text,
    diagnostics: [],
    closed: { kind: 'error', closeCode: 1009 },
  } as const
}
