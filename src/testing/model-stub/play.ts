import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { ModelRequest, Reply } from './request.js'
import type { CutKind } from './steps.js'

// Events are joined up to this many characters before they are written: 20,000 small deltas need few writes.
const batchLength = 64 * 1024

/**
 * Plays a reply into an HTTP response. Resolves with whether it came to its end or was cut; rejects when the
 * reply throws or the signal fires, which it must when the response closes.
 */
export async function playReply(
  reply: Reply,
  request: ModelRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<'answered' | 'cut'> {
  let buffered = ''
  let sequence = 0

  signal.throwIfAborted()
  response.statusCode = reply.status
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value)

  const flush = async () => {
    if (buffered === '') return
    const text = buffered
    buffered = ''
    if (!response.write(text)) await once(response, 'drain', { signal })
  }

  for (const step of reply.steps(request)) {
    signal.throwIfAborted()
    if (step.kind === 'event') {
      const data = { ...step.event, sequence_number: sequence++ }
      buffered += `event: ${step.event.type}\ndata: ${JSON.stringify(data)}\n\n`
    } else if (step.kind === 'raw') {
      buffered += step.text
    } else if (step.kind === 'wait') {
      await flush()
      await unlessAborted(step.until(signal), signal)
    } else {
      await flush()
      await breakOff(response, step.how)
      return 'cut'
    }
    if (buffered.length >= batchLength) await flush()
  }
  await flush()
  await ended(response)
  return 'answered'
}

/** Breaks a response off, once what was written so far has left. */
export async function breakOff(response: ServerResponse, how: CutKind): Promise<void> {
  if (how === 'end') return ended(response)
  // An empty write calls back when everything before it has left: what was sent so far must arrive.
  if (response.headersSent) await new Promise<void>((resolve) => response.write('', () => resolve()))
  if (how === 'reset') response.socket?.resetAndDestroy()
  else response.destroy()
}

function ended(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    // `close` comes without `finish` when the requester leaves before the end is flushed.
    response.once('close', () => reject(new Error('The requester left')))
    response.end(resolve)
  })
}

/** The promise's outcome, or the signal's reason when that comes first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
