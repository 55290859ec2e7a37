import type { IncomingMessage } from 'node:http'
import pTimeout from 'p-timeout'
import { WebSocketRefusedError } from './errors.js'

const BODY_BYTES = 1024
const BODY_CHARACTERS = 200
const BODY_TIMEOUT_MS = 500

/** Makes an error of an HTTP answer to an opening handshake, with the beginning of its body. Never rejects. */
export async function readRefusal(
  response: IncomingMessage,
  url: string,
  redact: (text: string) => string,
): Promise<WebSocketRefusedError> {
  const body = redact(await readBody(response))
    .replace(/\s+/g, ' ')
    .trim()
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  return new WebSocketRefusedError({
    url,
    statusCode: response.statusCode ?? 0,
    statusText: redact(response.statusMessage ?? '').slice(0, BODY_CHARACTERS),
    body: body.length > BODY_CHARACTERS ? `${body.slice(0, BODY_CHARACTERS)}…` : body,
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
  })
}

/** A body that is longer is left out: its cut end could hold half a secret, which nothing recognises. */
async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  let isWhole = false
  const done = new Promise<void>((resolve) => {
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > BODY_BYTES) resolve()
      else chunks.push(chunk)
    })
    response.once('end', () => {
      isWhole = bytes <= BODY_BYTES
      resolve()
    })
    response.on('error', () => resolve())
    response.once('close', resolve)
  })
  await pTimeout(done, { milliseconds: BODY_TIMEOUT_MS, fallback: () => undefined })
  return isWhole ? Buffer.concat(chunks).toString() : ''
}
